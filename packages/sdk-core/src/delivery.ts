/**
 * The delivery loop: leases batches from the queue, sends them, and settles exactly the events
 * that got a verdict.
 *
 * ```
 *            start()             stop(true)
 * stopped ───────────▶ sending ───────────────▶ leaving    no new request; the last one may end
 *    ▲                 │     ▲                   │   │
 *    │      stop()     │     └───── start() ─────┘   │
 *    └─────────────────┴──────────── stop() ─────────┘
 *
 * While it is sending, the loop:
 *            wake()             wake()
 * resting ───────────▶ looking ◀──────▶ looking again     until nothing is due, or a read fails
 *    ▲                    │                  │
 *    └────────────────────┘◀─────────────────┘ done
 *
 * A batch:
 * leased ─▶ under way ─▶ acked: settled, but for its retry list, which is parked
 *    ▲          │    └─▶ refused: halved, or settled as rejected once it is a single event
 *    └──────────┴──────── anything else: released
 * ```
 *
 * Invariants:
 * - A record is settled only on a verdict of the collector or by a limit that is reported.
 *   Whatever else happens, it is released and tried again.
 * - At most `maxInFlightBatches` requests are under way; one while the endpoint is failing.
 * - No request is sent inside a Retry-After.
 */
import { backoffDelayMs, type Priority, priorities } from '@holdfast/protocol';
import { type Judgement, judge } from './answer.js';
import { Abort, type Attempt } from './attempt.js';
import type { BatchPlan } from './batch-plan.js';
import type { DeliveryState } from './delivery-state.js';
import type { Emitter } from './emitter.js';
import type { Endpoint, Endpoints } from './endpoints.js';
import * as clientLimits from './limits.js';
import type { Clock, CoreOptions, LeasedRecord, Random, Transport } from './ports.js';
import type { ServerTime } from './server-time.js';
import type { Settler } from './settler.js';

export interface DeliveryParts {
  readonly options: CoreOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly endpoints: Endpoints;
  readonly plan: BatchPlan;
  readonly settler: Settler;
  readonly state: DeliveryState;
  readonly serverTime: ServerTime;
  readonly emitter: Emitter;
  readonly newId: () => string;
  /** Asked before each send where another sender may have taken over meanwhile. */
  readonly confirmSender?: (() => Promise<boolean>) | undefined;
}

// The states above. Numbers, so that a bundle does not hold their names.
const stopped = 0;
const sending = 1;
const leaving = 2;
type SenderState = typeof stopped | typeof sending | typeof leaving;
const resting = 0;
const looking = 1;
const lookingAgain = 2;
type LoopState = typeof resting | typeof looking | typeof lookingAgain;

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #attempts = new Set<Attempt>();
  #state: SenderState = stopped;
  #loop: LoopState = resting;
  #cancelTimer: (() => void) | undefined;
  #singleRefusals = 0;
  #retryRounds = 0;
  #barredCode = '';
  /** The key's record does not let it name a batch critical. */
  #isCriticalRefused = false;
  #idle: (() => void)[] = [];

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Begins to send: this client is the queue's one sender now. */
  start(): void {
    this.#state = sending;
    this.#parts.plan.makeAllDue();
    this.wake();
  }

  /** Ends sending at once; what is under way is aborted and stays in the queue. A page that only
   *  leaves its place to another one (`isLeaving`) lets its last request go. */
  stop(isLeaving = false): void {
    this.#state = isLeaving ? leaving : stopped;
    this.#cancelTimer?.();
    for (const { abort, isKeepalive } of [...this.#attempts]) {
      if (!isLeaving || !isKeepalive) abort.abort();
    }
    this.#parts.plan.releaseAll();
  }

  /** Resolves when no request is under way. */
  idle(): Promise<void> {
    if (this.#attempts.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Sends all that waits now, without waiting for batches to fill; may open a backoff gate. */
  flush(): void {
    this.#parts.endpoints.openBackoffs();
    this.#parts.plan.makeAllDue();
    this.wake();
  }

  /** Looks whether there is something to send. Cheap; call it whenever that may be so. */
  wake(): void {
    if (!this.#isSending) return;
    if (this.#loop === resting) void this.#pump();
    else this.#loop = lookingAgain;
  }

  get #isSending(): boolean {
    return this.#state === sending;
  }

  /** Somebody woke the loop since it began to look. */
  get #isAskedAgain(): boolean {
    return this.#loop === lookingAgain;
  }

  /** One last small batch while the page goes away. It passes the same gate as all others. */
  async sendLast(maxBytes: number): Promise<void> {
    const { endpoints, plan } = this.#parts;
    const { endpoint } = endpoints.pick();
    if (!this.#isSending) return;
    for (const priority of priorities) {
      if (endpoint.gate.opensInMs(this.#claim(priority)) > 0) continue;
      // What cannot be read now is sent by the next page.
      const records = await plan.lease(priority, maxBytes).catch(() => []);
      if (this.#state === stopped) return plan.release(records);
      if (records.length > 0) return this.#attempt(endpoint, records, true);
    }
  }

  async #pump(): Promise<void> {
    try {
      do {
        this.#loop = looking;
        while (await this.#sendNext());
      } while (this.#isAskedAgain && this.#isSending);
    } catch (cause) {
      // A store that cannot be read now: nothing is lost, the next round tries again.
      this.#parts.emitter.report('storage_failed', 'the queue cannot be read', cause);
      this.#wakeAfter(clientLimits.storeRetryBaseMs);
    } finally {
      this.#loop = resting;
    }
  }

  /** Sends one batch if one is due, the gate is open and a place is free. */
  async #sendNext(): Promise<boolean> {
    const { endpoints, plan, options } = this.#parts;
    if (!this.#isSending || this.#attempts.size >= options.maxInFlightBatches) return false;
    const { endpoint, isProbe } = endpoints.pick();
    if (endpoint.gate.failures > 0 && this.#isAsking(endpoint)) return false;
    let nextMs = endpoints.failoverInMs();
    for (const priority of priorities) {
      const claimed = this.#claim(priority);
      const closedMs = endpoint.gate.opensInMs(claimed, isProbe);
      const waitMs = Math.max(closedMs, plan.dueInMs(priority));
      if (waitMs > 0) {
        nextMs = Math.min(nextMs, waitMs);
        continue;
      }
      const records = await plan.next(priority);
      if (records.length === 0) {
        // It holds some and handed out none: it could not be read just now.
        if (plan.isWaiting(priority)) nextMs = Math.min(nextMs, clientLimits.storeRetryBaseMs);
        continue;
      }
      const maySend = await this.#maySend();
      if (!maySend || endpoint.gate.opensInMs(claimed, isProbe) > 0) {
        plan.release(records);
        // Whoever lost its place is stopped; whoever was only not sure yet is asked again; and
        // where an order came meanwhile, the gate is looked at again.
        this.#wakeAfter(clientLimits.storeRetryBaseMs);
        return false;
      }
      if (isProbe) endpoints.probing();
      void this.#attempt(endpoint, records, false);
      return true;
    }
    // What has just been found empty is due again when something arrives, which wakes the loop.
    if (nextMs < Number.POSITIVE_INFINITY) this.#wakeAfter(nextMs);
    return false;
  }

  #isAsking(endpoint: Endpoint): boolean {
    return [...this.#attempts].some((attempt) => attempt.endpoint === endpoint);
  }

  async #maySend(): Promise<boolean> {
    const { confirmSender } = this.#parts;
    // A platform that cannot say it now is asked again.
    return (!confirmSender || (await confirmSender().catch(() => false))) && this.#isSending;
  }

  async #attempt(
    endpoint: Endpoint,
    records: readonly LeasedRecord[],
    isKeepalive: boolean,
  ): Promise<void> {
    const { clock, plan, transport, state, options, newId } = this.#parts;
    const priority = this.#claim(records[0]!.priority);
    const startedAtMs = clock.monotonicMs();
    const abort = new Abort();
    const attempt = { endpoint, records, priority, startedAtMs, isKeepalive, abort };
    const batchId = newId();
    this.#attempts.add(attempt);
    try {
      const outcome = await transport.send({
        endpoint: endpoint.url,
        writeKey: options.writeKey,
        batchId,
        sentAt: new Date(clock.nowMs()).toISOString(),
        epoch: state.epoch,
        priority,
        events: records.map((record) => record.json),
        timeoutMs: clientLimits.requestTimeoutMs,
        isKeepalive,
        signal: abort,
      });
      const judgement = judge(outcome, batchId, records.length, clock.nowMs());
      // Only a collector's Date tells the time: a captive portal's could make events look expired.
      const isOurs = judgement.kind !== 'failure';
      if (outcome.kind === 'answer' && isOurs) this.#parts.serverTime.note(outcome.date);
      if (attempt.abort.isAborted && !tookAll(judgement)) plan.release(records);
      else await this.#apply(attempt, judgement);
    } catch (cause) {
      // The store could not settle: what it still holds is sent again, and known by its eventId.
      this.#parts.emitter.report('storage_failed', 'the queue cannot be written', cause);
      this.#giveBack(records);
      this.#failed(attempt, 'storage_failed', 0, false);
    } finally {
      this.#attempts.delete(attempt);
      if (this.#attempts.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
      this.wake();
    }
  }

  #apply(attempt: Attempt, judgement: Judgement): Promise<void> | void {
    const { records } = attempt;
    switch (judgement.kind) {
      case 'acked':
        return this.#acked(attempt, judgement.ack);
      case 'refused':
        return this.#refused(attempt, judgement.code, judgement.detail);
      case 'barred':
        if (judgement.code === 'priority_not_allowed' && attempt.priority === 'critical') {
          // What is urgent here is normal there: the events go at once, without the claim.
          this.#isCriticalRefused = true;
          return this.#parts.plan.release(records);
        }
        this.#giveBack(records);
        return this.#barred(attempt, judgement.code);
      case 'wait':
        this.#giveBack(records);
        attempt.endpoint.gate.noteOrder();
        if (judgement.code === 'shed') return this.#shed(attempt, judgement.afterMs);
        return this.#failed(attempt, judgement.code, judgement.afterMs, false);
      case 'failure':
        this.#giveBack(records);
        if (judgement.afterMs !== undefined) attempt.endpoint.gate.noteOrder();
        return this.#failed(attempt, judgement.cause, judgement.afterMs);
    }
  }

  #claim(priority: Priority): Priority {
    return priority === 'critical' && this.#isCriticalRefused ? 'normal' : priority;
  }

  /** Puts records back that were tried in vain. */
  #giveBack(records: readonly LeasedRecord[]): void {
    this.#parts.plan.release(records);
    this.#parts.settler.tried(records);
  }

  async #acked(attempt: Attempt, ack: (Judgement & { kind: 'acked' })['ack']): Promise<void> {
    const { endpoints, plan, settler, state } = this.#parts;
    this.#barredCode = '';
    state.noteEpoch(ack.epoch);
    endpoints.succeeded(attempt.endpoint);
    const again = ack.retry.map(({ index }) => attempt.records[index]!);
    if (ack.accepted + ack.duplicates > 0) this.#singleRefusals = 0;
    if (again.length > 0) this.#park(attempt, again);
    else this.#retryRounds = 0;
    await settler.acked(attempt.records, ack, attempt.endpoint.url);
    if (plan.parkedEvents > clientLimits.maxParkedEvents) {
      this.#failed(attempt, 'too long retry lists');
    }
  }

  /** Events of a retry list wait by themselves: one partition down must not hold up the others. */
  #park(attempt: Attempt, records: readonly LeasedRecord[]): void {
    const { random, plan, settler, emitter } = this.#parts;
    const afterMs = backoffDelayMs(
      this.#retryRounds++,
      random.fraction(),
      clientLimits.backoffBaseMs,
      clientLimits.backoffCapMs,
    );
    plan.park(records, afterMs, () => this.wake());
    settler.tried(records);
    emitter.emit('retrying', { endpoint: attempt.endpoint.url, afterMs, cause: 'retry list' });
  }

  /** One event of the batch is guilty: halve until it stands alone, then dead-letter that one. */
  async #refused(attempt: Attempt, code: string, detail: string | undefined): Promise<void> {
    const { plan, settler } = this.#parts;
    const { records } = attempt;
    if (records.length > 1) {
      plan.split(records);
      return;
    }
    if (++this.#singleRefusals >= clientLimits.maxSingleRefusals) {
      // Three innocent-looking singles in a row: rather the collector is at fault than the events.
      this.#singleRefusals = 0;
      plan.unsplit();
      this.#giveBack(records);
      this.#failed(attempt, `${code} for every event`);
      return;
    }
    await settler.rejected(records[0]!, code, detail);
  }

  /** The key or the request is refused: keep everything, say it once, ask again now and then. */
  #barred(attempt: Attempt, code: string): void {
    const { random } = this.#parts;
    const spreadMs = clientLimits.refusedProbeMaxMs - clientLimits.refusedProbeMinMs;
    const afterMs = clientLimits.refusedProbeMinMs + random.fraction() * spreadMs;
    attempt.endpoint.gate.pause(afterMs);
    if (this.#barredCode !== code) {
      this.#barredCode = code;
      const isKey = /write_key|origin/.test(code);
      this.#parts.emitter.report(
        isKey ? 'write_key_refused' : 'request_refused',
        `the collector at ${attempt.endpoint.url} answers ${code}; events are kept`,
      );
    }
    this.#retrying(attempt, afterMs, code);
  }

  #shed(attempt: Attempt, orderMs = 0): void {
    const { random } = this.#parts;
    const leastMs = clientLimits.backoffBaseMs * (1 + random.fraction());
    const afterMs = Math.max(orderMs, leastMs);
    attempt.endpoint.gate.shed(attempt.priority, afterMs);
    this.#retrying(attempt, afterMs, `shed ${attempt.priority}`);
  }

  #failed(attempt: Attempt, cause: string, orderMs = 0, isStrike = true): void {
    const afterMs = attempt.endpoint.gate.fail(attempt.startedAtMs, orderMs, isStrike);
    this.#parts.endpoints.failed(attempt.endpoint);
    this.#retrying(attempt, afterMs, cause);
  }

  #retrying(attempt: Attempt, afterMs: number, cause: string): void {
    this.#parts.state.save();
    this.#parts.emitter.emit('retrying', { endpoint: attempt.endpoint.url, afterMs, cause });
  }

  #wakeAfter(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#parts.clock.schedule(delayMs, () => this.wake());
  }
}

/** After the end of sending nothing is parked, and nothing is kept as a dead letter, any more. */
function tookAll(judgement: Judgement): boolean {
  return (
    judgement.kind === 'acked' && judgement.ack.rejected.length + judgement.ack.retry.length === 0
  );
}
