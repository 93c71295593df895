/**
 * Who the visitor is: anonymousId, userId and session, shared by the tabs of an origin through one
 * item of localStorage, because track() must know them at once.
 *
 * Invariants: nothing is written while `isPersistent` is false; localStorage that is missing or
 * refused costs only the memory of it. Item: JSON of {@link VisitorState} under the write key.
 */
import type { Clock } from '@holdfast/sdk-core';
export declare class Identity {
    #private;
    constructor(itemKey: string, clock: Clock, newId: () => string, isPersistent: boolean);
    get anonymousId(): string;
    get userId(): string | undefined;
    set userId(userId: string);
    /** The session that an event of now belongs to. */
    touch(): string;
    /** Another visitor: new anonymousId and session, no userId. */
    reset(): void;
    /** Whether the visitor may be remembered; if not, what was written is removed. */
    persist(isPersistent: boolean): void;
}
