/**
 * Turns open segments into Parquet: one SQL statement a step, over explicit lists of files.
 *
 * `fresh` are the rows of the segments, `rewritten` the files that are written again with them,
 * `kept` the other files of the touched partitions. What is written is each event of fresh and
 * rewritten once, the copy received first, without those that `kept` has.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Conversion, Partition, WrittenFile } from '../archive/segment-converter.js';
import { type ArchivedTable, firstCopyBy } from './archived-table.js';
import { quoted, readParquet, readSeqs } from './read-parquet.js';

export class SegmentCopy implements Conversion {
  readonly #connection: DuckDBConnection;
  readonly #table: ArchivedTable;
  readonly #fresh: string;

  constructor(connection: DuckDBConnection, table: ArchivedTable, segments: readonly string[]) {
    this.#connection = connection;
    this.#table = table;
    const { columns, openTable } = table;
    const names = segments.map(quoted).join(', ');
    this.#fresh = `(SELECT ${columns} FROM ${openTable} WHERE segment IN (${names}))`;
  }

  async rowCount(): Promise<number> {
    const [row] = await this.#rows(`SELECT count(*) AS count FROM ${this.#fresh}`);
    return Number(row?.count);
  }

  async partitions(): Promise<Partition[]> {
    const rows = await this.#rows(`SELECT DISTINCT source, id_day FROM ${this.#fresh}`);
    return rows.map((row) => ({ source: String(row.source), idDay: String(row.id_day) }));
  }

  async filesWithLaterCopies(paths: readonly string[]): Promise<string[]> {
    if (paths.length === 0) return [];
    const { key } = this.#table;
    const rows = await this.#rows(
      `SELECT DISTINCT archived.filename FROM ${readParquet(paths, true)} AS archived
       JOIN ${this.#fresh} AS fresh USING (${key}) WHERE fresh.received_at < archived.received_at`,
    );
    return rows.map((row) => String(row.filename));
  }

  async write(
    folder: string,
    fileName: string,
    rewritten: readonly string[],
    kept: readonly string[],
  ): Promise<WrittenFile[]> {
    const { key } = this.#table;
    const isNew =
      kept.length === 0 ? '' : `ANTI JOIN (SELECT ${key} FROM ${readParquet(kept)}) USING (${key})`;
    const [copied] = await this.#rows(
      `COPY (
         SELECT * FROM ${this.#pool(rewritten)} ${isNew}
         ${firstCopyBy(key)} ORDER BY ${key})
       TO ${quoted(folder)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (source, id_day),
         FILENAME_PATTERN ${quoted(`${fileName}-{i}`)}, OVERWRITE_OR_IGNORE true,
         RETURN_FILES true)`,
    );
    const written = copied?.Files as { readonly items: readonly unknown[] } | undefined;
    const paths = written?.items.map(String) ?? [];
    return paths.length === 0 ? [] : this.#describe(paths);
  }

  async writeCopiedSeqs(
    file: string,
    paths: readonly string[],
    rewritten: readonly string[],
    before: string | undefined,
  ): Promise<boolean> {
    const numbered = this.#table.numberedSql?.(this.#pool(rewritten));
    if (numbered === undefined || paths.length === 0) return false;
    const own = 'source, queue_id, queue_seq';
    const fresh = `(FROM (${numbered})
      ANTI JOIN (SELECT ${own} FROM ${readParquet(paths)}) USING (${own}))`;
    const [row] = await this.#rows(`SELECT count(*) AS count FROM ${fresh}`);
    if (Number(row?.count) === 0) return false;
    const all = before === undefined ? fresh : `(FROM ${fresh} UNION ALL FROM ${readSeqs(before)})`;
    await this.#rows(
      `COPY (SELECT ${own}, max(received_at) AS received_at FROM ${all} GROUP BY ${own})
       TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return true;
  }

  async missingFrom(paths: readonly string[], rewritten: readonly string[]): Promise<number> {
    if (paths.length === 0) return this.rowCount();
    const { key } = this.#table;
    const [row] = await this.#rows(
      `SELECT count(*) AS count FROM (SELECT ${key} FROM ${this.#pool(rewritten)})
       ANTI JOIN (SELECT ${key} FROM ${readParquet(paths)}) USING (${key})`,
    );
    return Number(row?.count);
  }

  #pool(rewritten: readonly string[]): string {
    if (rewritten.length === 0) return this.#fresh;
    const again = `SELECT ${this.#table.columns} FROM ${readParquet(rewritten)}`;
    return `(FROM ${this.#fresh} UNION ALL ${again})`;
  }

  /** Reads back what was written. */
  async #describe(paths: readonly string[]): Promise<WrittenFile[]> {
    const { timeColumn } = this.#table;
    const rows = await this.#rows(
      `SELECT filename, source, id_day, count(*) AS count,
         epoch_ms(min(${timeColumn})) AS first, epoch_ms(max(${timeColumn})) AS last
       FROM ${readParquet(paths, true)} GROUP BY filename, source, id_day`,
    );
    return rows.map((row) => ({
      path: String(row.filename),
      source: String(row.source),
      idDay: String(row.id_day),
      rows: Number(row.count),
      minTimestampMs: Number(row.first),
      maxTimestampMs: Number(row.last),
    }));
  }

  async #rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjects();
  }
}
