import type { Testimony } from './page-program.js';
import type { StoredAfter } from './stored-latency.js';

/** What the witness heard of one run: the events of one fault, on one or several pages. */
export class RunRecord {
  /** Stands in each of its events, and in failures. */
  readonly id: string;
  readonly scenario: string;
  /** The line of the table that it counts in. */
  readonly row: string;
  readonly accepted = new Set<string>();
  /** Those whose stored() has resolved: the promise is about these. */
  readonly stored = new Set<string>();
  readonly storedAfter: StoredAfter[] = [];

  constructor(id: string, scenario: string, row: string) {
    this.id = id;
    this.scenario = scenario;
    this.row = row;
  }

  take(testimony: Testimony): void {
    if (testimony.kind === 'accepted') {
      for (const eventId of testimony.eventIds) this.accepted.add(eventId);
    } else if (testimony.kind === 'stored') {
      for (const eventId of testimony.eventIds) this.stored.add(eventId);
      this.storedAfter.push({ events: testimony.eventIds.length, ms: testimony.afterMs });
    }
  }
}
