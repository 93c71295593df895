/**
 * The browser's durable queue: one IndexedDB row an event, shared by all tabs of an origin.
 *
 * Invariants:
 * - The database is the truth. What is kept in memory (counts, leases, recent rows) only says
 *   where to look, and is corrected by the next `recount`.
 * - Every write of events fails as a whole if the visitor's denial is stored: it is checked by
 *   the same transaction, so no tab can store an event after another tab has noted the denial.
 * - Leases exist in the memory of the one sender alone; a sender that dies leaves nothing locked.
 * - A row is written under a key that was fixed before, so repeating a transaction whose end was
 *   not seen writes the same rows again and never a second copy.
 *
 * Limits: `maxDeadLetters`, `maxKeepaliveBytes` of recent rows. Formats: `row-key.ts`; an event's
 * value is its QueueRecord, a dead letter's has `code` and `detail` beside it.
 */
import type { Priority } from '@holdfast/protocol';
import type { Clock, Durability, EventStore, LeasedRecord, LeaseRequest, QueueRecord, Random, SettledRecord, StoreUsage } from '@holdfast/sdk-core/ports';
import { type Counted } from './tally.js';
import { type EventNotice } from '../event-notice.js';
export interface IndexedDbEventStoreParts {
    /** Of the database; one for each write key. */
    readonly name: string;
    readonly durability: Exclude<Durability, 'memory'>;
    readonly clock: Clock;
    readonly random: Random;
    /** Tells other tabs what this one has stored. */
    readonly onStored?: (records: readonly EventNotice[]) => void;
    /** Told when a write was refused because the visitor's denial is stored. */
    readonly onDenied?: () => void;
}
export declare class IndexedDbEventStore implements EventStore {
    #private;
    /** While the page goes away there is no time to read: recent rows are handed out first then. */
    prefersRecent: boolean;
    constructor(parts: IndexedDbEventStoreParts);
    get durability(): Durability;
    append(records: readonly QueueRecord[]): Promise<void>;
    lease({ priority, maxEvents, maxBytes }: LeaseRequest): Promise<LeasedRecord[]>;
    release(records: readonly LeasedRecord[]): void;
    settle(settled: readonly SettledRecord[]): Promise<void>;
    usage(): StoreUsage;
    waiting(priority: Priority): StoreUsage;
    onArrival(listener: () => void): void;
    /** IndexedDB hands out whole rows or fails: there are no torn ones to tell of. */
    onCorrupt(): void;
    readState(): Promise<string | undefined>;
    writeState(state: string): Promise<void>;
    purge(): Promise<number>;
    close(): Promise<void>;
    /** Whether the visitor's denial is stored. */
    isDenied(): Promise<boolean>;
    /** Stores the visitor's denial, or lifts it. */
    setDenied(isDenied: boolean): Promise<void>;
    /** Another tab has stored these. */
    arrived(records: readonly Counted[]): void;
    /** These have left the queue, here or in another tab. */
    forget(events: readonly EventNotice[]): void;
    /** Counts what is really there. */
    recount(): Promise<void>;
}
