import type { Disk } from '@holdfast/server-core/disk/disk';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import type { Clock } from '@holdfast/server-core/ports';
import type { EventLog } from '../log/event-log.js';
import { SegmentFeed } from '../log/segment-feed.js';
import { Database, type RunQuery } from './database.js';
import { createEventTables } from './event-table.js';
import { createRejectionTable } from './rejection-table.js';

export interface QueryStoreOptions {
  /** The collector's events. */
  readonly events: EventLog;
  /** The collector's refusals. */
  readonly deadLetters: EventLog;
  /** A folder of DuckDB's own; emptied at the start. */
  readonly spillFolder: string;
  readonly clock: Pick<Clock, 'schedule'>;
  /** Where the segments are. Default: the real one. */
  readonly disk?: Disk;
}

/** What queries run on: tables `events`, `event_copies` and `rejections`, fed from segments. */
export class QueryStore {
  readonly database: Database;
  readonly events: SegmentFeed;
  readonly deadLetters: SegmentFeed;
  #archiveChanges = 0;

  private constructor(database: Database, events: SegmentFeed, deadLetters: SegmentFeed) {
    this.database = database;
    this.events = events;
    this.deadLetters = deadLetters;
  }

  static async open(options: QueryStoreOptions): Promise<QueryStore> {
    const { disk = nodeDisk } = options;
    const database = await Database.open(options.spillFolder, options.clock);
    const takeEvents = await createEventTables(database);
    const takeRejections = await createRejectionTable(database);
    const events = new SegmentFeed(options.events, disk, takeEvents);
    const deadLetters = new SegmentFeed(options.deadLetters, disk, takeRejections);
    return new QueryStore(database, events, deadLetters);
  }

  /** Rises whenever a query's answer may have changed. */
  get version(): number {
    return this.events.version + this.deadLetters.version + this.#archiveChanges;
  }

  /** Queries see another manifest of an archive from now on. */
  archiveChanged(): void {
    this.#archiveChanges++;
  }

  /** Resolves once all that was durable at the time of the call can be queried. */
  async refresh(): Promise<void> {
    await Promise.all([this.events.refresh(), this.deadLetters.refresh()]);
  }

  read<Result>(work: (query: RunQuery) => Promise<Result>): Promise<Result> {
    return this.database.read(work);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
