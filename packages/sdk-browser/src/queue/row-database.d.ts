/**
 * The IndexedDB connection behind the queue: one database for each write key, one object store.
 *
 * Invariants:
 * - A write is one transaction with the durability asked for, committed explicitly: it survives
 *   a kill of the tab from the moment in which it was issued.
 * - Once connected, a transaction is issued before `use` returns.
 * - A connection that the browser dropped (WebKit does) or that another version of the database
 *   asks for is given up at once, and opened again by the next transaction.
 * - An open that hangs fails those who wait for it after `openTimeoutMs`, but is not given up.
 */
import type { Clock } from '@holdfast/sdk-core/ports';
import { type UseStore } from 'idb-keyval';
export declare class RowDatabase {
    #private;
    /** Whether the last attempt to reach the database went well. */
    isAvailable: boolean;
    constructor(name: string, durability: 'relaxed' | 'strict', clock: Clock);
    /** idb-keyval's way to a store; its functions run on this connection. */
    readonly use: UseStore;
    close(): Promise<void>;
}
