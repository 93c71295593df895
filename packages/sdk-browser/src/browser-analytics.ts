import type { Properties } from '@holdfast/protocol';
import {
  ClientCore,
  type Clock,
  type Diagnostics,
  type Durability,
  type EventDraft,
  type FlushOptions,
  type FlushReport,
  type Listener,
  type Random,
} from '@holdfast/sdk-core';
import { FetchTransport } from './fetch-transport.js';
import { Identity } from './identity.js';
import { type AnalyticsOptions, coreOptions, type EventOptions } from './options.js';
import type { PageLifecycle } from './page-lifecycle.js';
import { IndexedDbEventStore } from './queue/indexed-db-event-store.js';
import { TabChannel } from './tab-channel.js';
import { TabSender } from './tab-sender.js';
import type { AnyEvents, EventMap, TrackArguments } from './typed-events.js';

/** The platform, as far as a client needs it. */
export interface BrowserPlatform {
  readonly clock: Clock;
  readonly random: Random;
  readonly lifecycle: PageLifecycle;
}

/** The queue on the device, as far as an entry beside this one needs it. */
export interface DeviceQueue {
  /** Reads or writes its rows in a transaction. Rejects with an `AnalyticsError`. */
  transact<Result>(
    mode: IDBTransactionMode,
    callback: (rows: IDBObjectStore) => Result | PromiseLike<Result>,
  ): Promise<Result>;
  /** Has the sender look for rows that nobody was told of. */
  changed(): void;
}

interface BrowserParts {
  readonly core: ClientCore;
  readonly store: IndexedDbEventStore | undefined;
  readonly channel: TabChannel;
  readonly sender: TabSender;
  readonly identity: Identity;
}

/** A client: one for each write key on a page. */
export class BrowserAnalytics<Events extends EventMap<Events> = AnyEvents> {
  readonly #parts: BrowserParts;
  #context: Properties | undefined;

  private constructor(parts: BrowserParts) {
    this.#parts = parts;
  }

  /** Throws `invalid_options` for what cannot work. */
  static open<Events extends EventMap<Events>>(
    options: AnalyticsOptions,
    platform: BrowserPlatform,
  ): BrowserAnalytics<Events> {
    const parts = wire(options, platform);
    const { core, sender } = parts;
    const client = new BrowserAnalytics<Events>(parts);
    const { consent } = options;
    if (options.isDebug) core.emitter.onAll((...told) => console.debug('[holdfast]', ...told));
    if (consent === 'pending') core.holdInMemory(true);
    else if (consent) client.setConsent(consent);
    else sender.start();
    return client;
  }

  /** What "stored" survives now; less than was asked for where the browser refuses storage. */
  get durability(): Durability {
    return this.#parts.core.durability;
  }

  /** The visitor's pseudonym, kept in localStorage where there is one. */
  get anonymousId(): string {
    return this.#parts.identity.anonymousId;
  }

  /** Ends after 30 minutes without an event. */
  get sessionId(): string {
    return this.#parts.identity.touch();
  }

  /** Accepts an event; returns its eventId. Never throws on network or disk. */
  track<Name extends keyof Events & string>(
    event: Name,
    ...[properties, options]: TrackArguments<Events[Name], EventOptions>
  ): string {
    return this.#accept({ type: 'track', event, properties: properties as Properties }, options);
  }

  /** Says who the visitor is, from now on. */
  identify(userId: string, traits?: object, options?: EventOptions): string {
    this.#parts.identity.userId = userId;
    return this.#accept({ type: 'identify', traits: traits as Properties }, options);
  }

  page(name?: string, properties?: object, options?: EventOptions): string {
    return this.#accept({ type: 'page', name, properties: properties as Properties }, options);
  }

  group(groupId: string, traits?: object, options?: EventOptions): string {
    return this.#accept({ type: 'group', groupId, traits: traits as Properties }, options);
  }

  /** Says that two ids are one visitor; `previousId` is the present one if left out. */
  alias(userId: string, previousId?: string, options?: EventOptions): string {
    const { identity } = this.#parts;
    const previous = previousId ?? identity.userId ?? identity.anonymousId;
    identity.userId = userId;
    return this.#accept({ type: 'alias', previousId: previous }, options);
  }

  /** A new anonymousId and session; what is queued stays queued. */
  reset(): void {
    this.#parts.identity.reset();
  }

  /** Added to every event's context from now on; undefined takes it back. */
  setContext(context: object | undefined): void {
    this.#context = context as Properties | undefined;
  }

  /** The visitor's decision, for all tabs: `denied` deletes what is queued, and takes no more. */
  setConsent(consent: 'granted' | 'denied'): void {
    const { core, store, channel, sender } = this.#parts;
    const isDenied = consent === 'denied';
    const storing = store?.setDenied(isDenied).catch((cause) => {
      core.emitter.report('storage_failed', `storing consent ${consent} failed`, cause);
    });
    sender.decided(isDenied);
    // Tabs that are told of a grant look into the database, and must not find the denial there.
    void Promise.resolve(isDenied || storing).then(() =>
      channel.post({ kind: 'consent', isDenied }),
    );
  }

  /** Resolves when all events accepted so far are stored. */
  stored(): Promise<void> {
    return this.#parts.core.stored();
  }

  /** Sends what is queued, by whichever tab sends. Never rejects. */
  flush(options?: FlushOptions): Promise<FlushReport> {
    return this.#parts.core.flush(options);
  }

  /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
  async shutdown(options?: FlushOptions): Promise<FlushReport> {
    const report = await this.#parts.core.shutdown(options);
    this.#parts.sender.close();
    return report;
  }

  /** Listens to diagnostics; returns what ends it. */
  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    return this.#parts.core.on(name, listener);
  }

  /** For `@holdfast/sdk-browser/dead-letters`; undefined while nothing on the device may be, or can
   *  be, touched. */
  get deviceQueue(): DeviceQueue | undefined {
    const { store, sender } = this.#parts;
    if (!store || this.durability === 'memory') return undefined;
    return { transact: store.transact, changed: () => sender.look() };
  }

  #accept(draft: EventDraft, options: EventOptions = {}): string {
    const { core, identity } = this.#parts;
    return core.accept({
      ...draft,
      sessionId: identity.touch(),
      anonymousId: identity.anonymousId,
      userId: identity.userId,
      priority: options.priority,
      context: { ...pageContext(), ...this.#context, ...options.context },
    });
  }
}

/** All parts of a client, each finished before it is used; nothing is sent yet. */
function wire(
  options: AnalyticsOptions,
  { clock, random, lifecycle }: BrowserPlatform,
): BrowserParts {
  const forCore = coreOptions(options);
  const { durability = 'process', consent } = options;
  const name = `holdfast:${forCore.writeKey}`;
  const channel = new TabChannel(name);
  const store =
    durability === 'memory' || !globalThis.indexedDB
      ? undefined
      : new IndexedDbEventStore({
          ...{ name, durability, clock, random },
          onStored: (records) => sender.stored(records),
          onDenied: () => sender.decided(true),
        });
  const core: ClientCore = new ClientCore({
    ...{ options: forCore, clock, random, store },
    transport: new FetchTransport(clock),
    confirmSender: () => sender.confirm(),
    onFlush: () => sender.flush(),
  });
  const isPersistent = consent === undefined || consent === 'granted';
  const newId = () => core.factory.newId();
  const identity = new Identity({ name, clock, newId }, isPersistent);
  const sender: TabSender = new TabSender({
    ...{ name, clock, lifecycle, channel, store, core },
    onConsent: (isDenied) => identity.persist(!isDenied),
  });
  if (!store && durability !== 'memory') {
    // Later, so that the app can listen first.
    clock.defer(() => core.emitter.report('storage_unavailable', 'no IndexedDB'));
  }
  return { core, store, channel, sender, identity };
}

/** Where an event happened, as far as it is free to know; undefined where there is no page. */
function pageContext(): Properties | undefined {
  if (!globalThis.document) return undefined;
  const { title, referrer } = document;
  const { width, height } = screen;
  return {
    page: { url: location.href, referrer, title },
    locale: navigator.language,
    screen: { width, height },
  };
}
