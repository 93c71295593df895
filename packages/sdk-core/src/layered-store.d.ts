/**
 * The durable queue with memory behind it: what the storage refuses, and all while consent is
 * pending, waits in memory, is sent from there, and moves to the storage when that takes it again.
 *
 * Invariants: a record is in one of the two, never in both but for a copy that a failed write may
 * have left in the storage (same eventId, so it counts once). `append` resolves only when the
 * record is stored at the durability in force, or settled.
 */
import type { Priority } from '@holdfast/protocol';
import { AnalyticsError } from './errors.js';
import type {
  Clock,
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  Random,
  SettledRecord,
  StoreUsage,
} from './ports.js';
export interface LayeredStoreParts {
  /** Undefined: the platform has none, memory is all there is. */
  readonly durable: EventStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (error: AnalyticsError) => void;
}
export declare class LayeredStore implements EventStore {
  #private;
  constructor(parts: LayeredStoreParts);
  get durability(): Durability;
  /** Bytes that wait in memory because the storage refused them; 0 while it works. */
  get unstoredBytes(): number;
  /** Keeps everything in memory from now on, or moves what is there to the storage. */
  hold(isHeld: boolean): void;
  append(records: readonly QueueRecord[]): Promise<void>;
  lease(request: LeaseRequest): Promise<LeasedRecord[]>;
  release(records: readonly LeasedRecord[]): void;
  settle(settled: readonly SettledRecord[]): Promise<void>;
  usage(): StoreUsage;
  waiting(priority: Priority): StoreUsage;
  onArrival(listener: () => void): void;
  onCorrupt(listener: (count: number) => void): void;
  readState(): Promise<string | undefined>;
  writeState(state: string): Promise<void>;
  purge(): Promise<number>;
  close(): Promise<void>;
}
