import type { Ack, DropReason } from '@holdfast/protocol';
import type { Emitter } from './emitter.js';
import type { OutcomeKind, Outcomes } from './outcomes.js';
import type { EventStore, LeasedRecord } from './ports.js';
/** Told of every record that left the queue or was tried, so that other tabs can be told. */
export interface SettlementListener {
  settled(records: readonly LeasedRecord[], kind: OutcomeKind): void;
  tried(records: readonly LeasedRecord[]): void;
}
/** Takes records with a verdict out of the queue, and says so to counters and listeners. */
export declare class Settler {
  #private;
  listener: SettlementListener | undefined;
  constructor(
    store: EventStore,
    outcomes: Outcomes,
    emitter: Emitter,
    onDropped: (queueId: string, reason: DropReason, count: number) => void,
  );
  /** Settles the events of an acked batch; those of its retry list stay leased. */
  acked(records: readonly LeasedRecord[], ack: Ack, endpoint: string): Promise<void>;
  rejected(record: LeasedRecord, code: string, detail: string | undefined): Promise<void>;
  dropped(records: readonly LeasedRecord[], reason: DropReason): Promise<void>;
  tried(records: readonly LeasedRecord[]): void;
}
