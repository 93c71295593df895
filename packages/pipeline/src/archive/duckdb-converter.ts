import { replaceArchived } from '../query/event-table.js';
import type { QueryStore } from '../query/query-store.js';
import type { Conversion, SegmentConverter, ShownArchive } from './segment-converter.js';
import { SegmentCopy } from './segment-copy.js';

/** Converts segments to Parquet in the database that answers queries. */
export class DuckdbConverter implements SegmentConverter {
  readonly #store: QueryStore;

  constructor(store: QueryStore) {
    this.#store = store;
  }

  refresh(): Promise<void> {
    return this.#store.events.refresh();
  }

  takenBytes(segment: string): number {
    return this.#store.events.takenBytes(segment);
  }

  damagedBytes(segment: string): number {
    return this.#store.events.damagedBytes(segment);
  }

  convert<Result>(
    segments: readonly string[],
    work: (conversion: Conversion) => Promise<Result>,
  ): Promise<Result> {
    return this.#store.database.inBackground((connection) =>
      work(new SegmentCopy(connection, segments)),
    );
  }

  async show({ paths, segments, copies, generation }: ShownArchive): Promise<void> {
    await this.#store.database.write(async (writer) => {
      await writer.run('BEGIN TRANSACTION');
      try {
        for (const name of segments) {
          await writer.run('DELETE FROM open_events WHERE segment = $name', { name });
        }
        await replaceArchived(writer, paths, copies);
        await writer.run('COMMIT');
      } catch (error) {
        await writer.run('ROLLBACK');
        throw error;
      }
    });
    for (const name of segments) this.#store.events.leave(name);
    this.#store.archiveGeneration = generation;
  }

  runningQueriesEnd(): Promise<void> {
    return this.#store.database.runningQueriesEnd();
  }
}
