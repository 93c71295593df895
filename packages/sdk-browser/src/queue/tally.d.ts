import { type Priority } from '@holdfast/protocol';
import type { StoreUsage } from '@holdfast/sdk-core/ports';
/** What it takes of a record to count it. */
export interface Counted {
    readonly priority: Priority;
    readonly sizeBytes: number;
}
/** Events and bytes by priority. */
export declare class Tally {
    #private;
    /** Never falls below zero: what another tab tells may be counted here already. */
    add(records: readonly Counted[], sign?: number): void;
    set(priority: Priority, usage: StoreUsage): void;
    of(priority: Priority): StoreUsage;
    total(): StoreUsage;
}
