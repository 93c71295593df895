import type { Priority, Properties } from '@holdfast/protocol';

/** What an app tracks: the names of its events, each with its properties. */
export type EventMap<Events> = { readonly [Name in keyof Events]: object };

/** Any name with any properties: what a client takes if its events are not typed. */
export type AnyEvents = { readonly [name: string]: Properties };

/** Who an event is about: a known user, or a pseudonym. */
export type Subject =
  | { readonly userId: string; readonly anonymousId?: string }
  | { readonly anonymousId: string; readonly userId?: string };

/** What every event can carry besides its own members. */
export interface EventExtras {
  /** The app's own id: 1–64 of `[A-Za-z0-9._:-]`. Not a UUIDv7: `timestamp` is needed with it. */
  readonly eventId?: string;
  /** When it happened; default now. */
  readonly timestamp?: string | Date;
  /** Added to the client's context, for this event alone. */
  readonly context?: Properties;
  /** Default `normal`. */
  readonly priority?: Priority;
}

/** A `track` event: its properties may be left out where none is required. */
export type TrackMessage<Events, Name extends keyof Events> = Subject &
  EventExtras & { readonly event: Name } & (Partial<Events[Name]> extends Events[Name]
    ? { readonly properties?: Events[Name] }
    : { readonly properties: Events[Name] });

export type IdentifyMessage = Subject & EventExtras & { readonly traits?: Properties };

/** A `page` or `screen` event. */
export type ViewMessage = Subject &
  EventExtras & { readonly name?: string; readonly properties?: Properties };

export type GroupMessage = Subject &
  EventExtras & { readonly groupId: string; readonly traits?: Properties };

export type AliasMessage = EventExtras & { readonly userId: string; readonly previousId: string };
