import { priorities } from '@holdfast/protocol';
import { type Diagnostics, Emitter, type Listener } from '@holdfast/sdk-core/emitter';
import { AnalyticsError } from '@holdfast/sdk-core/errors';
import * as clientLimits from '@holdfast/sdk-core/limits';
import type { FlushReport } from '@holdfast/sdk-core/outcomes';
import type { Durability } from '@holdfast/sdk-core/ports';
import { serialize } from '@holdfast/sdk-core/serialize';
import { isoTime, schedule } from '../browser-clock.js';
import * as browserDefaults from '../browser-defaults.js';
import { noticeOf } from '../event-notice.js';
import * as browserLimits from '../limits.js';
import type { AnalyticsOptions, EventOptions } from '../options.js';
import { pageContext } from '../page-context.js';
import type { TabMessage } from '../tab-channel.js';
import type { AnyEvents, EventMap, TrackArguments } from '../typed-events.js';
import { CoreLock } from './core-lock.js';
import { CoreOutcomes, type Tell } from './core-outcomes.js';
import { CoreQueue } from './core-queue.js';
import { CoreSender } from './core-sender.js';
import { newId } from './new-id.js';
import { readVisitor, type Visitor } from './visitor.js';

/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
export type CoreAnalyticsOptions = Pick<
  AnalyticsOptions,
  'writeKey' | 'durability' | 'maxQueueBytes' | 'flushIntervalMs'
> & {
  /** Base URL; the SDK appends `/v1/events`. */
  readonly endpoint: string;
};

/** What a single call can add. */
export type CoreEventOptions = Pick<EventOptions, 'priority'>;

/** A client that tracks, and nothing else; see {@link createAnalytics}. */
export class CoreAnalytics<Events extends EventMap<Events> = AnyEvents> {
  readonly #maxQueueBytes: number;
  readonly #emitter = new Emitter();
  readonly #outcomes = new CoreOutcomes(newId());
  readonly #visitor: Visitor;
  readonly #channel: BroadcastChannel | undefined;
  readonly #queue: CoreQueue;
  readonly #sender: CoreSender;
  readonly #lock: CoreLock;

  constructor({
    writeKey,
    endpoint,
    durability = 'process',
    maxQueueBytes = browserDefaults.maxQueueBytes,
    flushIntervalMs = browserDefaults.flushIntervalMs,
  }: CoreAnalyticsOptions) {
    if (!writeKey || !endpoint) {
      throw new AnalyticsError('invalid_options', 'writeKey and endpoint must be given');
    }
    const emitter = this.#emitter;
    const name = `holdfast:${writeKey}`;
    const base = endpoint.replace(/\/+$/, '');
    const path = `${base}/v1/events?writeKey=${encodeURIComponent(writeKey)}`;
    const url = new URL(path, globalThis.location?.href).href;
    this.#maxQueueBytes = maxQueueBytes;
    this.#visitor = readVisitor(name);
    const tell: Tell = (kind, rows, outcome) => {
      const message = { kind, records: rows.map(noticeOf), outcome } as TabMessage;
      this.#post(message);
      this.#told(message);
    };
    const queue = new CoreQueue({ name, durability, emitter, tell });
    this.#queue = queue;
    this.#sender = new CoreSender({ endpoint, url, flushIntervalMs, emitter, queue, tell });
    this.#lock = new CoreLock(name, () => this.#turn());
    emitter.on('error', () => this.#turn());
    emitter.on('stored', () => this.#turn());
    if (this.durability !== 'memory') {
      this.#channel = new BroadcastChannel(name);
      this.#channel.onmessage = ({ data }) => this.#told(data);
    }
    this.#begin();
    this.#watch();
  }

  /** What "stored" survives now; less than was asked for where the browser refuses storage. */
  get durability(): Durability {
    return this.#queue.durability;
  }

  /** Accepts an event; returns its eventId. Never throws on network or disk. */
  track<Name extends keyof Events & string>(
    event: Name,
    ...[properties, options = {}]: TrackArguments<Events[Name], CoreEventOptions>
  ): string {
    const eventId = newId();
    const { queueId } = this.#outcomes;
    const seq = this.#outcomes.accept();
    const json = serialize({
      ...{ type: 'track', eventId, timestamp: isoTime(), ...this.#visitor },
      ...{ event, properties, context: pageContext(), priority: options.priority },
      queue: { id: queueId, seq },
    });
    // Untyped callers can pass anything; the collector judges what the event itself says.
    const priority = priorities.find((name) => name === options.priority) ?? 'normal';
    const sizeBytes = new TextEncoder().encode(json).length;
    const reason =
      json === undefined
        ? 'unserializable'
        : this.#queue.refusal(sizeBytes, this.#maxQueueBytes, clientLimits.queueShare[priority]);
    const serverTimeMs = this.#sender.serverTimeMs();
    if (reason) {
      this.#outcomes.note([{ queueId, seq }], 'dropped');
      this.#emitter.emit('dropped', { reason, count: 1, eventId });
    } else
      this.#queue.add({ eventId, queueId, seq, priority, json: json!, sizeBytes, serverTimeMs });
    return eventId;
  }

  stored(): Promise<void> {
    return this.#queue.stored();
  }

  flush({ timeoutMs = clientLimits.flushTimeoutMs } = {}): Promise<FlushReport> {
    return this.#outcomes.flush((finish) => {
      schedule(timeoutMs, finish, true);
      this.#sender.flush();
      void this.stored().then(() => {
        this.#post({ kind: 'flush' });
        this.#sender.flush();
      });
    });
  }

  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    return this.#emitter.on(name, listener);
  }

  /** What the page does is heard at the window while it goes down to its target. */
  #watch(): void {
    // Kept for the back button: what hides the page last comes after `pagehide`.
    let isKept = false;
    const hidden = () => {
      this.#hidden();
      if (isKept && document.visibilityState === 'hidden') this.#lock.release();
    };
    const listeners: Record<string, (event: PageTransitionEvent) => unknown> = {
      visibilitychange: () => document.visibilityState === 'hidden' && hidden(),
      pagehide: ({ persisted }) => {
        isKept = persisted;
        hidden();
      },
      pageshow: () => {
        isKept = false;
        this.#begin();
      },
      freeze: () => this.#lock.release(),
      resume: () => this.#begin(),
      online: () => this.#sender.flush(),
    };
    for (const [name, listener] of Object.entries(listeners)) {
      globalThis.window?.addEventListener(name, listener as (event: Event) => unknown, true);
    }
  }

  #begin(): void {
    if (this.#channel) void this.#lock.request();
    this.#post({ kind: 'look' });
    this.#turn();
    void this.#count();
  }

  /** Sends while it holds the lock, or what waits in memory, which it alone can send. */
  #turn(): void {
    const isSender = this.#lock.isHeld || this.durability === 'memory';
    if (isSender && !this.#sender.isRunning) void this.#sender.start();
    this.#sender.isRunning = isSender;
  }

  async #count(): Promise<void> {
    await this.#queue.recount().catch(() => '');
    this.#sender.wake(0);
  }

  #hidden(): void {
    void this.#queue.stored();
    const recent = this.#queue.recent.filter((row) => this.#outcomes.isUnsettled(row));
    if (this.#sender.isRunning) this.#sender.sendLast(recent);
    else this.#post({ kind: 'look' });
  }

  #post(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  #told(message: TabMessage): void {
    switch (message.kind) {
      case 'ask':
        if (this.#lock.isHeld) this.#post({ kind: 'here' });
        break;
      case 'consent':
        // A denial: what was stored is deleted, and nothing of it may leave with the page.
        this.#queue.recent = [];
        break;
      case 'look':
        if (!this.#lock.isHeld) break;
        void this.#count();
        schedule(browserLimits.lookAgainMs, () => this.#count());
        break;
      case 'flush':
        this.#sender.flush();
        break;
      case 'stored':
        this.#queue.adjust(message.records, 1);
        this.#sender.wake();
        break;
      case 'settled':
        this.#queue.adjust(message.records, -1);
        this.#outcomes.note(message.records, message.outcome);
        break;
      case 'tried':
        this.#outcomes.note(message.records);
    }
  }
}

/**
 * Creates a client that tracks, and nothing else. What it stores is delivered, by this page or the
 * next one, by this client or the full one.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics({ writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' });
 * analytics.track('Order Completed', { total: 42 });
 * ```
 */
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: CoreAnalyticsOptions,
): CoreAnalytics<Events> {
  return new CoreAnalytics(options);
}
