import type { Properties } from '@holdfast/protocol';
import {
  ClientCore,
  type Clock,
  type DeadLetter,
  type Diagnostics,
  type Durability,
  type EventDraft,
  type FlushOptions,
  type FlushReport,
  type Listener,
  type Random,
} from '@holdfast/sdk-core';
import { v7 } from 'uuid';
import { FetchTransport } from './fetch-transport.js';
import { Identity } from './identity.js';
import { type AnalyticsOptions, coreOptions, type EventOptions } from './options.js';
import { pageContext } from './page-context.js';
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

/** A client: one for each write key on a page. */
export class BrowserAnalytics<Events extends EventMap<Events> = AnyEvents> {
  readonly #core: ClientCore;
  readonly #store: IndexedDbEventStore | undefined;
  readonly #channel: TabChannel;
  readonly #sender: TabSender;
  readonly #identity: Identity;
  #context: Properties | undefined;

  constructor(options: AnalyticsOptions, { clock, random, lifecycle }: BrowserPlatform) {
    const core = coreOptions(options);
    const { durability = 'process', consent } = options;
    const name = `holdfast:${core.writeKey}`;
    const newId = () => v7({ random: random.bytes(16), msecs: clock.nowMs() });
    this.#channel = new TabChannel(name);
    this.#store =
      durability === 'memory' || !globalThis.indexedDB
        ? undefined
        : new IndexedDbEventStore({
            ...{ name, durability, clock, random },
            onStored: (records) => this.#sender.stored(records),
            onDenied: () => this.#decided(true),
          });
    this.#core = new ClientCore({
      ...{ options: core, clock, random, store: this.#store, queueId: newId() },
      transport: new FetchTransport(clock),
      confirmSender: () => this.#sender.confirm(),
      onFlush: () => void this.#core.stored().then(() => this.#sender.flush()),
    });
    this.#sender = new TabSender({
      ...{ name, clock, lifecycle, channel: this.#channel, store: this.#store, core: this.#core },
      onConsent: (isDenied) => this.#decided(isDenied),
    });
    this.#identity = new Identity(
      name,
      clock,
      newId,
      consent === undefined || consent === 'granted',
    );
    if (options.isDebug) this.#debug();
    if (!this.#store && durability !== 'memory') {
      // Later, so that the app can listen first.
      clock.defer(() => this.#core.report('storage_unavailable', 'there is no IndexedDB here'));
    }
    if (consent === 'pending') this.#core.holdInMemory(true);
    else if (consent) this.setConsent(consent);
    else this.#sender.start();
  }

  /** What "stored" survives now; less than was asked for where the browser refuses storage. */
  get durability(): Durability {
    return this.#core.durability;
  }

  /** The visitor's pseudonym, kept in localStorage where there is one. */
  get anonymousId(): string {
    return this.#identity.anonymousId;
  }

  /** Ends after 30 minutes without an event. */
  get sessionId(): string {
    return this.#identity.touch();
  }

  /** Accepts an event; returns its eventId. Never throws on network or disk. */
  track<Name extends keyof Events & string>(
    event: Name,
    ...[properties, options]: TrackArguments<Events[Name], EventOptions>
  ): string {
    return this.#accept({ type: 'track', event, properties: properties as Properties }, options);
  }

  /** Says who the visitor is, from now on. */
  identify(userId: string, traits?: Properties, options?: EventOptions): string {
    this.#identity.userId = userId;
    return this.#accept({ type: 'identify', traits }, options);
  }

  page(name?: string, properties?: Properties, options?: EventOptions): string {
    return this.#accept({ type: 'page', name, properties }, options);
  }

  group(groupId: string, traits?: Properties, options?: EventOptions): string {
    return this.#accept({ type: 'group', groupId, traits }, options);
  }

  /** Says that two ids are one visitor; `previousId` is the present one if left out. */
  alias(userId: string, previousId?: string, options?: EventOptions): string {
    const { userId: known, anonymousId } = this.#identity;
    const previous = previousId ?? known ?? anonymousId;
    this.#identity.userId = userId;
    return this.#accept({ type: 'alias', previousId: previous }, options);
  }

  /** A new anonymousId and session; what is queued stays queued. */
  reset(): void {
    this.#identity.reset();
  }

  /** Added to every event's context from now on; undefined takes it back. */
  setContext(context: Properties | undefined): void {
    this.#context = context;
  }

  /** The visitor's decision, for all tabs: `denied` deletes what is queued, and takes no more. */
  setConsent(consent: 'granted' | 'denied'): void {
    const isDenied = consent === 'denied';
    const storing = this.#store?.setDenied(isDenied).catch((cause) => {
      this.#core.report('storage_failed', `consent ${consent} cannot be stored`, cause);
    });
    this.#decided(isDenied);
    // Tabs that are told of a grant look into the database, and must not find the denial there.
    void Promise.resolve(isDenied || storing).then(() =>
      this.#channel.post({ kind: 'consent', isDenied }),
    );
  }

  /** Resolves when all events accepted so far are stored. */
  stored(): Promise<void> {
    return this.#core.stored();
  }

  /** Sends what is queued, by whichever tab sends. Never rejects. */
  flush(options?: FlushOptions): Promise<FlushReport> {
    return this.#core.flush(options);
  }

  /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
  async shutdown(options?: FlushOptions): Promise<FlushReport> {
    const report = await this.#core.shutdown(options);
    this.#sender.close();
    return report;
  }

  /** Events that the collector refused for good, as far as they are kept: 100. None while events
   *  are in memory alone, as with consent pending. Rejects with `storage_failed` or
   *  `storage_unavailable` if they cannot be read. */
  async deadLetters(): Promise<DeadLetter[]> {
    return (await this.#usableStore?.deadLetters()) ?? [];
  }

  /**
   * Queues all dead letters again, with the same eventIds and bytes, for whichever tab sends;
   * resolves with their number once they are stored. Those that are refused once more are dead
   * letters again. Rejects with `storage_full` or `storage_failed` if they cannot be stored: they
   * are kept then, unless consent is denied.
   */
  async resendDeadLetters(): Promise<number> {
    const count = (await this.#usableStore?.resendDeadLetters()) ?? 0;
    if (count > 0) this.#sender.look();
    return count;
  }

  /** Listens to diagnostics; returns what ends it. */
  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    return this.#core.on(name, listener);
  }

  /** Undefined while nothing on the device may be touched, or can be. */
  get #usableStore(): IndexedDbEventStore | undefined {
    return this.durability === 'memory' ? undefined : this.#store;
  }

  #accept(draft: EventDraft, options: EventOptions = {}): string {
    const sessionId = this.#identity.touch();
    const { anonymousId, userId } = this.#identity;
    return this.#core.accept({
      ...draft,
      ...{ userId, anonymousId, sessionId, priority: options.priority },
      context: { ...pageContext(), ...this.#context, ...options.context },
    });
  }

  #decided(isDenied: boolean): void {
    this.#identity.persist(!isDenied);
    if (isDenied) {
      this.#sender.stop();
      void this.#core.deny();
    } else {
      this.#core.allow();
      this.#core.holdInMemory(false);
      this.#sender.start();
    }
  }

  #debug(): void {
    for (const name of [
      'stored',
      'delivered',
      'rejected',
      'dropped',
      'retrying',
      'error',
    ] as const) {
      this.#core.on(name, (detail: unknown) => console.debug('[holdfast]', name, detail));
    }
  }
}
