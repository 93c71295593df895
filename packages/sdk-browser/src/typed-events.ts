/** What an app tracks: the names of its events, each with its properties. */
export type EventMap<Events> = { readonly [Name in keyof Events]: object };

/** Any name with any properties: what a client takes if its events are not typed. */
export type AnyEvents = { readonly [name: string]: object };

/** The arguments behind the name: properties may be left out where none is required. */
export type TrackArguments<EventProperties, Options> =
  Partial<EventProperties> extends EventProperties
    ? [properties?: EventProperties, options?: Options]
    : [properties: EventProperties, options?: Options];
