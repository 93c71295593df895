import type { Properties } from '@holdfast/protocol';
import { type Clock, type Diagnostics, type Durability, type FlushOptions, type FlushReport, type Listener, type Random } from '@holdfast/sdk-core';
import { type AnalyticsOptions, type EventOptions } from './options.js';
import type { PageLifecycle } from './page-lifecycle.js';
import type { AnyEvents, EventMap, TrackArguments } from './typed-events.js';
/** The platform, as far as a client needs it. */
export interface BrowserPlatform {
    readonly clock: Clock;
    readonly random: Random;
    readonly lifecycle: PageLifecycle;
}
/** A client: one for each write key on a page. */
export declare class BrowserAnalytics<Events extends EventMap<Events> = AnyEvents> {
    #private;
    constructor(options: AnalyticsOptions, { clock, random, lifecycle }: BrowserPlatform);
    /** What "stored" survives now; less than was asked for where the browser refuses storage. */
    get durability(): Durability;
    /** The visitor's pseudonym, kept in localStorage where there is one. */
    get anonymousId(): string;
    /** Ends after 30 minutes without an event. */
    get sessionId(): string;
    /** Accepts an event; returns its eventId. Never throws on network or disk. */
    track<Name extends keyof Events & string>(event: Name, ...[properties, options]: TrackArguments<Events[Name], EventOptions>): string;
    /** Says who the visitor is, from now on. */
    identify(userId: string, traits?: Properties, options?: EventOptions): string;
    page(name?: string, properties?: Properties, options?: EventOptions): string;
    group(groupId: string, traits?: Properties, options?: EventOptions): string;
    /** Says that two ids are one visitor; `previousId` is the present one if left out. */
    alias(userId: string, previousId?: string, options?: EventOptions): string;
    /** A new anonymousId and session; what is queued stays queued. */
    reset(): void;
    /** Added to every event's context from now on; undefined takes it back. */
    setContext(context: Properties | undefined): void;
    /** The visitor's decision, for all tabs: `denied` deletes what is queued and takes nothing more. */
    setConsent(consent: 'granted' | 'denied'): void;
    /** Resolves when all events accepted so far are stored. */
    stored(): Promise<void>;
    /** Sends what is queued, by whichever tab sends. Never rejects. */
    flush(options?: FlushOptions): Promise<FlushReport>;
    /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
    shutdown(options?: FlushOptions): Promise<FlushReport>;
    /** Listens to diagnostics; returns what ends it. */
    on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void;
}
