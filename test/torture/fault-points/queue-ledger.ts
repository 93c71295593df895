import { AnalyticsError } from '@holdfast/sdk-core/errors';
import type { Ending, LeasedRecord, QueueRecord } from '@holdfast/sdk-core/ports';
import type { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';

/** What a client of the queue knows of its events: the disk must never contradict it. */
export class QueueLedger {
  readonly failures: string[] = [];
  readonly known = new Map<string, QueueRecord>();
  /** Reported stored, or left by a dead owner. */
  readonly stored = new Set<string>();
  readonly settled = new Map<string, Ending['kind']>();
  /** Refused events that could not be kept: that was told. */
  readonly lostLetters = new Set<string>();
  /** Records that were told of as lost. */
  toldLost = 0;

  /** Whether the queue owes an event to somebody. */
  isOwed(eventId: string): boolean {
    return this.stored.has(eventId) && !this.settled.has(eventId);
  }

  /** Appends, and notes what became of it; true if it is stored. */
  async append(store: FileEventStore, records: readonly QueueRecord[]): Promise<boolean> {
    for (const record of records) this.known.set(record.eventId, record);
    const isStored = await this.attempt('append', () => store.append(records).then(() => true));
    if (isStored) for (const { eventId } of records) this.stored.add(eventId);
    return isStored === true;
  }

  async settle(
    store: FileEventStore,
    records: readonly LeasedRecord[],
    ending: Ending,
  ): Promise<void> {
    const settled = records.map((record) => ({ record, ending }));
    for (const { eventId } of records) this.settled.set(eventId, ending.kind);
    await this.attempt('settle', () => store.settle(settled));
  }

  /** Does it; anything but an AnalyticsError is a failure. Undefined if it was refused. */
  async attempt<T>(what: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AnalyticsError)) {
        this.failures.push(`${what} threw ${(error as Error)?.stack ?? String(error)}`);
      }
      return undefined;
    }
  }

  /** Checks records that were handed out. */
  take(records: readonly LeasedRecord[]): void {
    for (const { eventId, json, priority } of records) {
      const known = this.known.get(eventId);
      if (!known) this.failures.push(`${eventId} was never appended`);
      else if (known.priority !== priority) this.failures.push(`${eventId} has become ${priority}`);
      else if (textOf(known.json) !== textOf(json)) this.failures.push(`${eventId} has changed`);
    }
  }
}

function textOf(json: string | Uint8Array): string {
  return typeof json === 'string' ? json : Buffer.from(json).toString();
}
