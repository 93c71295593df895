import type { Ack, DropReason, NamedSeqs } from '@holdfast/protocol';
import type { Emitter } from './emitter.js';
import type { OutcomeKind, Outcomes } from './outcomes.js';
import type { Ending, EventStore, LeasedRecord, SettledRecord } from './ports.js';

/** Told of all records that left the queue, and how, or (undefined) were only tried, so that other
 *  tabs can be told. */
export type EndingListener = (
  records: readonly LeasedRecord[],
  kind?: OutcomeKind | undefined,
) => void;

export interface SettlerParts {
  readonly store: EventStore;
  readonly outcomes: Outcomes;
  readonly emitter: Emitter;
  readonly onDropped: (queueId: string, reason: DropReason) => void;
  /** Tells the collector at once what became of events that it cannot know of. */
  readonly tell: (queueId: string, seqs: NamedSeqs) => void;
}

/** Takes records that ended out of the queue, and says so to counters and listeners. */
export class Settler {
  readonly #parts: SettlerParts;
  listener: EndingListener | undefined;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Settles the events of an acked batch; those of its retry list stay leased. */
  async acked(records: readonly LeasedRecord[], ack: Ack, endpoint: string): Promise<void> {
    const endings: (Ending | undefined)[] = records.map(() => delivered);
    for (const { index } of ack.retry) endings[index] = undefined;
    for (const { index, code, detail } of ack.rejected) {
      endings[index] = { kind: 'rejected', code, detail };
    }
    const settled = records.flatMap((record, index) => {
      const ending = endings[index];
      return ending ? { record, ending } : [];
    });
    await this.#settle(settled);
    const eventIds = settled
      .filter(({ ending }) => ending.kind === 'delivered')
      .map(({ record }) => record.eventId);
    if (eventIds.length > 0) this.#parts.emitter.emit('delivered', { eventIds, endpoint });
  }

  /** Settles an event that was refused with its batch, of which the collector has kept nothing. */
  rejected(record: LeasedRecord, code: string, detail: string | undefined): Promise<void> {
    // Before the ending: a crash between the two tells of it twice rather than never.
    if (record.seq > 0)
      this.#parts.tell(record.queueId, { rejectedSeqs: { [code]: [record.seq] } });
    return this.#settle([{ record, ending: { kind: 'rejected', code, detail } }]);
  }

  /** Gives tracked events up. A report, which has no number, is never given up: see `BatchPlan`. */
  async dropped(records: readonly LeasedRecord[], reason: DropReason): Promise<void> {
    const ending: Ending = { kind: 'dropped', reason };
    await this.#settle(records.map((record) => ({ record, ending })));
    for (const { queueId } of records) this.#parts.onDropped(queueId, reason);
    this.#parts.emitter.emit('dropped', { reason, count: records.length });
  }

  tried(records: readonly LeasedRecord[]): void {
    this.#parts.outcomes.tried(records);
    this.listener?.(records);
  }

  /** Counts only what has left the store: a failure here leaves the records to be sent again. */
  async #settle(settled: readonly SettledRecord[]): Promise<void> {
    if (settled.length === 0) return;
    await this.#parts.store.settle(settled);
    for (const kind of ['delivered', 'rejected', 'dropped'] as const) {
      const records = settled.filter((s) => s.ending.kind === kind).map((s) => s.record);
      this.#parts.outcomes.settled(records, kind);
      if (records.length > 0) this.listener?.(records, kind);
    }
    for (const { record, ending } of settled) {
      if (ending.kind !== 'rejected') continue;
      this.#parts.emitter.emit('rejected', {
        eventId: record.eventId,
        code: ending.code,
        detail: ending.detail,
      });
    }
  }
}

const delivered: Ending = { kind: 'delivered' };
