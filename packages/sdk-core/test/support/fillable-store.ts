import { AnalyticsError } from '../../src/errors.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { Durability, QueueRecord } from '../../src/ports.js';

/** A durable store whose disk can fill up. */
export class FillableStore extends MemoryEventStore {
  override readonly durability: Durability = 'process';
  isFull = false;
  appends = 0;

  override append(records: readonly QueueRecord[]): Promise<void> {
    this.appends++;
    if (this.isFull) return Promise.reject(new AnalyticsError('storage_full', 'no space left'));
    return super.append(records);
  }
}
