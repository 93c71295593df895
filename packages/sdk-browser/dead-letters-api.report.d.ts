/**
 * What sdk-core asks of its surroundings. Everything that touches time, chance, disk or network
 * comes in through these, so the same code runs in a browser, in Node and in the simulator.
 */

/** An event that the collector refused for good. */
interface DeadLetter {
    readonly code: string;
    readonly detail: string | undefined;
    /** When it was refused, by the client's clock. */
    readonly deadAtMs: number;
    /** The event's JSON, as it was queued. */
    readonly eventJson: string;
}

/** The queue on the device, as far as an entry beside this one needs it. */
interface DeviceQueue {
    /** Reads or writes its rows in a transaction. Rejects with an `AnalyticsError`. */
    transact<Result>(mode: IDBTransactionMode, callback: (rows: IDBObjectStore) => Result | PromiseLike<Result>): Promise<Result>;
    /** Has the sender look for rows that nobody was told of. */
    changed(): void;
}

/** `@holdfast/sdk-browser/dead-letters`: for the few who look at them, and not in every page. */

/** A client whose dead letters these are. */
interface DeadLetterOwner {
    readonly deviceQueue: DeviceQueue | undefined;
}
/**
 * Events that the collector refused for good, as far as they are kept: 100. None while events are
 * in memory alone, as with consent pending. Rejects with `storage_failed` or `storage_unavailable`
 * if they cannot be read.
 *
 * @example
 * ```ts
 * for (const { code, eventJson } of await deadLetters(analytics)) console.warn(code, eventJson);
 * ```
 */
declare function deadLetters({ deviceQueue }: DeadLetterOwner): Promise<DeadLetter[]>;
/**
 * Queues all dead letters again, with the same eventIds and bytes, for whichever tab sends;
 * resolves with their number once they are stored. Their age begins anew. Those that are refused
 * once more are dead letters again. Rejects with `storage_full` or `storage_failed` if they cannot
 * be stored: they are kept then, unless consent is denied.
 */
declare function resendDeadLetters({ deviceQueue }: DeadLetterOwner): Promise<number>;

export { type DeadLetter, type DeadLetterOwner, deadLetters, resendDeadLetters };
