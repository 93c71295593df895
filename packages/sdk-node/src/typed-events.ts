import type { Priority } from '@holdfast/protocol';

/** What an app tracks: the names of its events, each with its properties. */
export type EventMap<Events> = { readonly [Name in keyof Events]: object };

/** Any name with any properties: what a client takes if its events are not typed. */
export type AnyEvents = { readonly [name: string]: object };

/** Who an event is about: a known user, or a pseudonym. */
export type Subject =
  | { readonly userId: string; readonly anonymousId?: string | undefined }
  | { readonly anonymousId: string; readonly userId?: string | undefined };

/** What every event can carry besides its own members. What is undefined is left out. */
export interface EventExtras {
  /** The app's own id: 1–64 of `[A-Za-z0-9._:-]`. Not a UUIDv7: `timestamp` is needed with it. */
  readonly eventId?: string | undefined;
  /** When it happened; default now. */
  readonly timestamp?: string | Date | undefined;
  /** Added to the client's context, for this event alone. */
  readonly context?: object | undefined;
  /** Default `normal`. */
  readonly priority?: Priority | undefined;
}

/** A `track` event: its properties may be left out where none is required. They, traits and context
 *  are any object that JSON.stringify takes: an instance of a class too. */
export type TrackMessage<Events, Name extends keyof Events> = Subject &
  EventExtras & { readonly event: Name } & (Partial<Events[Name]> extends Events[Name]
    ? { readonly properties?: Events[Name] | undefined }
    : { readonly properties: Events[Name] });

export type IdentifyMessage = Subject & EventExtras & { readonly traits?: object | undefined };

/** A `page` or `screen` event. */
export type ViewMessage = Subject &
  EventExtras & {
    readonly name?: string | undefined;
    readonly properties?: object | undefined;
  };

export type GroupMessage = Subject &
  EventExtras & { readonly groupId: string; readonly traits?: object | undefined };

export type AliasMessage = EventExtras & { readonly userId: string; readonly previousId: string };
