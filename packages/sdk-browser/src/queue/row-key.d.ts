/**
 * Keys of the queue's rows: text, so that their order is the order of sending.
 *
 *   event        <rank 0–2><11 digits of base 36: microseconds><tab>:<sizeBytes in base 36>
 *   dead letter  x<the event's key>
 *   settings     state, denied
 *
 * The size is in the key so that the whole queue can be measured without reading a single event.
 * Nothing relies on the time being right: a clock that jumps only changes the order.
 */
import type { Priority } from '@holdfast/protocol';
import type { Clock, Random } from '@holdfast/sdk-core/ports';
export declare const stateKey = "state";
export declare const deniedKey = "denied";
/** Makes keys that rise within this tab and that no other tab makes. */
export declare class RowKeys {
    #private;
    constructor(clock: Clock, random: Random);
    next(priority: Priority, sizeBytes: number): string;
}
/** The priority of an event's key; undefined for other rows. */
export declare function keyPriority(key: string): Priority | undefined;
export declare function keySizeBytes(key: string): number;
export declare function deadLetterKey(key: string): string;
export declare function isDeadLetterKey(key: string): boolean;
/** The events of one priority, oldest first. */
export declare function rangeOf(priority: Priority): IDBKeyRange;
/** All events, and nothing else. */
export declare function rangeOfEvents(): IDBKeyRange;
/** All dead letters, and nothing else. */
export declare function rangeOfDeadLetters(): IDBKeyRange;
