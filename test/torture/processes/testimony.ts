const shownIds = 3;

/** What children said of their events before they ended: the promises that must be kept. */
export class Testimony {
  readonly stored = new Set<string>();
  readonly acked = new Set<string>();
  /** Records that a client found torn: of events that were never promised, or they are missing. */
  torn = 0;
  /** Why else events were given up: nothing here gives a reason to. */
  readonly #dropReasons = new Set<string>();

  /** Takes what a child said, its last words included. */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [what, ...words] = line.split(' ');
      if (what === 'stored') for (const eventId of words) this.stored.add(eventId);
      if (what === 'acked') for (const eventId of words) this.acked.add(eventId);
      if (what === 'dropped') this.#takeDrop(words[0]!, Number(words[1]));
    }
  }

  /** A line for each promise that is broken if an event is only where `stored` and `acked` ones
   *  are looked for. */
  brokenBy(
    acked: { has(eventId: string): boolean },
    stored: { has(eventId: string): boolean } = acked,
  ): string[] {
    return [
      ...lossLine('acked', missing(this.acked, acked)),
      ...lossLine('stored', missing(this.stored, stored)),
      ...[...this.#dropReasons].map((reason) => `events were dropped: ${reason}`),
    ];
  }

  #takeDrop(reason: string, count: number): void {
    if (reason === 'corrupt') this.torn += count;
    else this.#dropReasons.add(reason);
  }
}

function missing(promised: ReadonlySet<string>, found: { has(eventId: string): boolean }) {
  return [...promised].filter((eventId) => !found.has(eventId));
}

function lossLine(what: string, eventIds: readonly string[]): string[] {
  if (eventIds.length === 0) return [];
  const shown = eventIds.slice(0, shownIds).join(' ');
  return [`${eventIds.length} ${what} events are lost: ${shown}`];
}
