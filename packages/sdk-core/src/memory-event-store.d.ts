import { type Priority } from '@holdfast/protocol';
import type {
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  SettledRecord,
  StoreUsage,
} from './ports.js';
/**
 * The queue in memory: where the platform has no durable storage, while consent is pending, and
 * for what the durable storage refused. Unbounded by itself: the intake bounds it.
 */
export declare class MemoryEventStore implements EventStore {
  #private;
  readonly durability: Durability;
  constructor();
  append(records: readonly QueueRecord[]): Promise<void>;
  lease({ priority, maxEvents, maxBytes }: LeaseRequest): Promise<LeasedRecord[]>;
  release(records: readonly LeasedRecord[]): void;
  settle(settled: readonly SettledRecord[]): Promise<void>;
  usage(): StoreUsage;
  waiting(priority: Priority): StoreUsage;
  onArrival(): void;
  onCorrupt(): void;
  readState(): Promise<string | undefined>;
  writeState(state: string): Promise<void>;
  purge(): Promise<number>;
  close(): Promise<void>;
}
