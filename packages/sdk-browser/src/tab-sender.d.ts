/**
 * Which tab sends, and what the others are told: wires queue, lock and page to one client.
 *
 * Invariants: this tab's delivery runs only while it holds the lock, or while there is no storage
 * that tabs could share. Whatever the sender settles, the tab that tracked it is told.
 */
import type { ClientCore, Clock } from '@holdfast/sdk-core';
import { type EventNotice } from './event-notice.js';
import type { PageLifecycle } from './page-lifecycle.js';
import type { IndexedDbEventStore } from './queue/indexed-db-event-store.js';
import type { TabChannel } from './tab-channel.js';
export interface TabSenderParts {
    readonly name: string;
    readonly clock: Clock;
    readonly lifecycle: PageLifecycle;
    readonly channel: TabChannel;
    /** Undefined where there is no durable storage. */
    readonly store: IndexedDbEventStore | undefined;
    readonly core: ClientCore;
    /** Another tab was told of the visitor's decision. */
    readonly onConsent: (isDenied: boolean) => void;
}
export declare class TabSender {
    #private;
    constructor(parts: TabSenderParts);
    /** Lets this tab send, as soon as it is its turn. */
    start(): void;
    /** This tab sends no more; what it stored is sent by others. */
    stop(): void;
    close(): void;
    /** Asked before each request: another tab may have taken over while this one stood still. */
    confirm(): Promise<boolean>;
    /** This tab has stored something. */
    stored(records: readonly EventNotice[]): void;
    /** Has the sender, whichever tab it is, send all that waits. */
    flush(): void;
}
