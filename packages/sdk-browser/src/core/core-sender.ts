/**
 * The core client's delivery: one endpoint, one request at a time, the oldest rows of the most
 * urgent priority first.
 *
 * Invariants: a row is settled only on a verdict of the collector or by a limit that is reported;
 * no request is sent inside a Retry-After.
 */
import { type Ack, backoffDelayMs, parseAck, parseProblem } from '@holdfast/protocol';
import { retryAfterMs } from '@holdfast/sdk-core/answer';
import type { Emitter } from '@holdfast/sdk-core/emitter';
import * as clientLimits from '@holdfast/sdk-core/limits';
import type { OutcomeKind } from '@holdfast/sdk-core/outcomes';
import type { GateState } from '@holdfast/sdk-core/retry-gate';
import { isoTime, monotonicMs, nowMs, schedule } from '../browser-clock.js';
import * as browserDefaults from '../browser-defaults.js';
import { fraction } from '../browser-random.js';
import * as browserLimits from '../limits.js';
import { post } from '../post.js';
import type { Tell } from './core-outcomes.js';
import type { CoreQueue, Row } from './core-queue.js';
import { randomDigits } from './new-id.js';

export interface CoreSenderParts {
  readonly endpoint: string;
  readonly url: string;
  readonly flushIntervalMs: number;
  readonly queue: CoreQueue;
  readonly emitter: Emitter;
  readonly tell: Tell;
}

/** What outlives the page, as the full client saves it. */
interface SavedState {
  epoch?: number;
  gates?: Record<string, GateState>;
}

interface Refusal {
  readonly code: string;
  readonly detail?: string | undefined;
}

export class CoreSender {
  readonly #parts: CoreSenderParts;
  /** Whether this tab is the one that sends. */
  isRunning = false;
  #pumping: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When what waits is to be sent; then the gate: nothing overrides an order of Retry-After. */
  #dueAtMs = 0;
  #backoffUntilMs = 0;
  #orderUntilMs = 0;
  #failures = 0;
  #retryRounds = 0;
  /** Smaller while a guilty event is looked for. */
  #maxEvents = browserDefaults.maxBatchEvents as number;
  #singleRefusals = 0;
  /** Keys of rows of retry lists. */
  readonly #held = new Set<string>();
  #state: SavedState = {};
  /** The collector's time when the monotonic clock was 0. */
  #serverZeroMs = Number.NaN;

  constructor(parts: CoreSenderParts) {
    this.#parts = parts;
  }

  /** The collector's time; null before its first answer. */
  serverTimeMs(): number | null {
    return this.#serverZeroMs + monotonicMs() || null;
  }

  /** This tab is the sender: takes over what earlier ones have saved. */
  async start(): Promise<void> {
    const { queue, endpoint } = this.#parts;
    this.isRunning = true;
    try {
      this.#state = JSON.parse(await queue.recount());
      const { failures, isOrder, leftMs, savedAtMs } = this.#state.gates![endpoint]!;
      const stillMs = leftMs - Math.max(0, nowMs() - savedAtMs);
      if (stillMs > 0) this.#failures = failures;
      this.#close(stillMs, isOrder);
    } catch {
      // Without the saved state the first request may be needless, but nothing is lost.
    }
    this.wake(0);
  }

  /** Sends all that waits now; may open a backoff gate. */
  flush(): void {
    this.#backoffUntilMs = 0;
    this.#held.clear();
    this.wake(0);
  }

  /** There may be something to send, in `delayMs` at the latest. */
  wake(delayMs = this.#parts.flushIntervalMs): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, monotonicMs() + delayMs);
    if (!this.isRunning || this.#pumping) return;
    this.#pumping = this.#pump().then(() => {
      this.#pumping = undefined;
      this.#cancelTimer?.();
      this.#cancelTimer = schedule(this.#waitMs(this.#dueAtMs), () => this.wake());
    });
  }

  /** One last small batch while the page goes away. It passes the same gate as all others, and
   *  takes along what is under way: that request may end with the page. */
  sendLast(recent: readonly Row[]): void {
    const rows = this.#batch(recent, browserLimits.maxKeepaliveBytes);
    // What cannot be settled then is sent again.
    if (rows.length > 0 && this.#waitMs() <= 0) this.#send(rows, true).catch(() => {});
  }

  /** How long it is until then, or until the gate opens if that is later. */
  #waitMs(thenMs = 0): number {
    return Math.max(thenMs, this.#backoffUntilMs, this.#orderUntilMs) - monotonicMs();
  }

  async #pump(): Promise<void> {
    const { queue, emitter } = this.#parts;
    try {
      while (this.isRunning && this.#waitMs(this.#dueAtMs) <= 0) {
        this.#dueAtMs = Number.POSITIVE_INFINITY;
        const found = await queue.oldest(this.#maxEvents + this.#held.size);
        const rows = this.#batch(found, clientLimits.maxBatchBytes);
        if (rows.length === 0) return;
        this.#dueAtMs = 0;
        const expired = rows.filter((row) => this.#isExpired(row));
        if (expired.length === 0) await this.#send(rows, false);
        else {
          await this.#settle(expired, 'dropped');
          emitter.emit('dropped', { reason: 'expired', count: expired.length });
        }
      }
    } catch (cause) {
      emitter.report('storage_failed', 'IndexedDB failed', cause);
      this.#close(clientLimits.storeRetryBaseMs);
    }
  }

  /** One priority to a batch. */
  #batch(found: readonly Row[], maxBytes: number): readonly Row[] {
    let bytes = 0;
    return found
      .filter(({ key }) => !this.#held.has(key))
      .filter(({ priority, sizeBytes }, index, [first]) => {
        bytes += sizeBytes;
        const isFitting = bytes <= maxBytes && index < this.#maxEvents;
        return index === 0 || (isFitting && priority === first!.priority);
      });
  }

  /** By the collector's clock, unless the local one denies it: one wrong clock expires nothing. */
  #isExpired({ eventId, serverTimeMs }: Row): boolean {
    const bornMs = Number.parseInt(eventId.replace('-', ''), 16);
    return (
      serverTimeMs !== null &&
      this.serverTimeMs()! - serverTimeMs > browserDefaults.maxEventAgeMs &&
      nowMs() - bornMs > browserDefaults.maxEventAgeMs
    );
  }

  async #send(rows: readonly Row[], isKeepalive: boolean): Promise<void> {
    const batchId = randomDigits(16);
    const head = JSON.stringify({ batchId, sentAt: isoTime(), epoch: this.#state.epoch });
    const text = `${head.slice(0, -1)},"events":[${rows.map(({ json }) => json)}]}`;
    let response: Response | undefined;
    let body: string;
    try {
      const signal = AbortSignal.timeout(clientLimits.requestTimeoutMs);
      response = await post(this.#parts.url, text, isKeepalive, signal);
      body = await (await response.blob()).slice(0, browserLimits.maxAnswerChars).text();
    } catch (cause) {
      body = String(cause);
    }
    if (response) return this.#judge(rows, batchId, response, body);
    this.#failed(rows, body);
  }

  /** It is a verdict only if it is ours. */
  async #judge(rows: readonly Row[], batchId: string, { status, headers }: Response, body: string) {
    const ack = status === 200 ? parseAck(body, batchId, rows.length) : undefined;
    const problem = parseProblem(body, status);
    const date = headers.get('date');
    // Only a collector tells the time: a captive portal's could make events look expired.
    if (ack ?? problem) this.#serverZeroMs = Date.parse(date ?? '') - monotonicMs();
    if (ack) return this.#acked(rows, ack);
    const code = problem?.code ?? `foreign answer ${status}`;
    const isOfEvents = code !== 'invalid_compression' && code !== 'invalid_request';
    if (problem && isOfEvents && [400, 413].includes(status)) return this.#refused(rows, problem);
    const isBarred = problem && [401, 403, 405, 415].includes(status);
    const maxMs = problem ? clientLimits.maxRetryAfterMs : clientLimits.maxForeignRetryAfterMs;
    const orderMs = retryAfterMs(headers.get('retry-after'), date, nowMs());
    this.#failed(rows, code, Math.min(maxMs, orderMs), isBarred ? this.#barred(code) : undefined);
  }

  async #acked(rows: readonly Row[], { epoch, retry, rejected }: Ack): Promise<void> {
    const { emitter, endpoint, tell } = this.#parts;
    this.#failures = 0;
    this.#maxEvents = Math.min(browserDefaults.maxBatchEvents, this.#maxEvents * 2);
    this.#state.epoch = Math.max(this.#state.epoch ?? 0, epoch);
    const again = retry.map(({ index }) => rows[index]!);
    const refused = rejected.map(({ index }) => rows[index]!);
    const taken = rows.filter((row) => !again.includes(row) && !refused.includes(row));
    if (taken.length > 0) {
      this.#singleRefusals = 0;
      await this.#settle(taken, 'delivered');
      emitter.emit('delivered', { eventIds: taken.map(({ eventId }) => eventId), endpoint });
    }
    for (const refusal of rejected) await this.#reject(rows[refusal.index]!, refusal);
    if (again.length === 0) this.#retryRounds = 0;
    else {
      // They wait by themselves: one partition down must not hold up the others.
      tell('tried', again);
      for (const { key } of again) this.#held.add(key);
      schedule(backoffMs(this.#retryRounds++), () => {
        this.#held.clear();
        this.wake(0);
      });
      if (this.#held.size > clientLimits.maxParkedEvents) this.#failed([], 'retry lists');
    }
  }

  /** One event of the batch is guilty: halve until it stands alone, then dead-letter that one. */
  async #refused(rows: readonly Row[], refusal: Refusal): Promise<void> {
    this.#maxEvents = rows.length >> 1 || 1;
    if (rows.length > 1) return;
    if (++this.#singleRefusals < clientLimits.maxSingleRefusals) {
      return this.#reject(rows[0]!, refusal);
    }
    // Rather the collector is at fault than the events.
    this.#singleRefusals = 0;
    this.#failed(rows, refusal.code);
  }

  async #reject(row: Row, { code, detail }: Refusal): Promise<void> {
    const letter = { ...row, kind: 'rejected', code, detail, deadAtMs: nowMs() };
    await this.#settle([row], 'rejected', letter);
    this.#parts.emitter.emit('rejected', { eventId: row.eventId, code, detail });
  }

  async #settle(rows: readonly Row[], outcome: OutcomeKind, letter?: object): Promise<void> {
    await this.#parts.queue.remove(rows, letter);
    this.#parts.tell('settled', rows, outcome);
  }

  /** The key or the request is refused: everything is kept; returns when to ask again. */
  #barred(code: string): number {
    const isRequest = code.startsWith('unsupported');
    this.#parts.emitter.report(
      isRequest ? 'request_refused' : 'write_key_refused',
      `${code}: events are kept`,
    );
    const spreadMs = clientLimits.refusedProbeMaxMs - clientLimits.refusedProbeMinMs;
    return clientLimits.refusedProbeMinMs + fraction() * spreadMs;
  }

  /** A shorter order than the backoff's base leaves the wait to it, or a Retry-After of 0 would
   *  have us ask without a pause. */
  #failed(
    rows: readonly Row[],
    cause: string,
    orderMs = 0,
    delayMs = backoffMs(this.#failures++),
  ): void {
    const { endpoint, emitter, queue, tell } = this.#parts;
    const isOrder = orderMs >= clientLimits.backoffBaseMs;
    const leftMs = isOrder ? orderMs : delayMs;
    this.#close(leftMs, isOrder);
    const gate = { savedAtMs: nowMs(), leftMs, isOrder, failures: this.#failures };
    this.#state.gates = { [endpoint]: gate };
    // Best effort: what cannot be saved costs a needless request of the next page.
    queue.writeState(JSON.stringify(this.#state)).catch(() => {});
    tell('tried', rows);
    emitter.emit('retrying', { endpoint, afterMs: leftMs, cause });
  }

  #close(delayMs: number, isOrder = false): void {
    const untilMs = monotonicMs() + Math.min(delayMs, clientLimits.maxRetryAfterMs);
    if (isOrder) this.#orderUntilMs = Math.max(this.#orderUntilMs, untilMs);
    else this.#backoffUntilMs = untilMs;
  }
}

function backoffMs(failures: number): number {
  return backoffDelayMs(
    failures,
    fraction(),
    clientLimits.backoffBaseMs,
    clientLimits.backoffCapMs,
  );
}
