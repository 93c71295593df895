import type { Conversion, SegmentConverter, ShownArchive } from '../archive/segment-converter.js';
import type { SegmentFeed } from '../log/segment-feed.js';
import type { ArchivedTable } from './archived-table.js';
import type { QueryStore } from './query-store.js';
import { SegmentCopy } from './segment-copy.js';

/** Converts segments to Parquet in the database that answers queries. */
export class DuckdbConverter implements SegmentConverter {
  readonly #store: QueryStore;
  readonly #feed: SegmentFeed;
  readonly #table: ArchivedTable;

  /** `feed` fills `table` in the store's database. */
  constructor(store: QueryStore, feed: SegmentFeed, table: ArchivedTable) {
    this.#store = store;
    this.#feed = feed;
    this.#table = table;
  }

  refresh(): Promise<void> {
    return this.#feed.refresh();
  }

  takenBytes(segment: string): number {
    return this.#feed.takenBytes(segment);
  }

  damagedBytes(segment: string): number {
    return this.#feed.damagedBytes(segment);
  }

  convert<Result>(
    segments: readonly string[],
    work: (conversion: Conversion) => Promise<Result>,
  ): Promise<Result> {
    return this.#store.database.inBackground((connection) =>
      work(new SegmentCopy(connection, this.#table, segments)),
    );
  }

  async show({ paths, segments, copies, copiedSeqs }: ShownArchive): Promise<void> {
    const { openTable } = this.#table;
    await this.#store.database.write(async (writer) => {
      await writer.run('BEGIN TRANSACTION');
      try {
        for (const name of segments) {
          await writer.run(`DELETE FROM ${openTable} WHERE segment = $name`, { name });
        }
        await this.#table.replaceArchived(writer, paths, copies, copiedSeqs);
        await writer.run('COMMIT');
      } catch (error) {
        await writer.run('ROLLBACK');
        throw error;
      }
    });
    for (const name of segments) this.#feed.leave(name);
    this.#store.archiveChanged();
  }

  runningQueriesEnd(): Promise<void> {
    return this.#store.database.runningQueriesEnd();
  }
}
