/**
 * One sender for each origin and write key: the tab that holds a Web Lock.
 *
 * Invariants:
 * - Every tab that wants to send waits in the lock's queue, so a closed or crashed holder is
 *   followed at once.
 * - A hidden holder ends its request under way and leaves the lock to a visible tab that asks.
 * - A holder that leaves a question unanswered for `wakeTimeoutMs` (frozen, stuck in a loop) is
 *   robbed by the visible tab that asked. It notices before its next send: `confirm`.
 * - Two senders at a time cost copies on the wire, which the collector discards; never an event.
 *
 * Without Web Locks (pages of an insecure origin, sandboxed frames) every tab sends.
 */
import type { Clock } from '@holdfast/sdk-core';
import type { TabChannel } from './tab-channel.js';
export interface SenderLockParts {
    readonly name: string;
    readonly clock: Clock;
    readonly channel: TabChannel;
    readonly isVisible: () => boolean;
    /** This tab is the sender now. */
    readonly onAcquired: () => void;
    /** It is no more. */
    readonly onLost: () => void;
    /** Ends what is under way before the lock is left to another tab. */
    readonly beforeLeaving: () => Promise<void>;
}
export declare class SenderLock {
    #private;
    constructor(parts: SenderLockParts);
    get isHeld(): boolean;
    /** Wants to be the sender from now on. */
    request(): void;
    /** Wants it no more. */
    release(): void;
    /** Asks whether the holder is alive: there is something to send. */
    ask(): void;
    /** Whether this tab holds the lock still; what it believes may be out of date after a freeze. */
    confirm(): Promise<boolean>;
}
