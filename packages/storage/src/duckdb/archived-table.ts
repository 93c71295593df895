import type { DuckDBConnection } from '@duckdb/node-api';

/** A table that is fed from segments and archived by them: how the archive's SQL is about it. */
export interface ArchivedTable {
  /** The table of the segments that are not archived; its column `segment` names theirs. */
  readonly openTable: string;
  /** The columns of it that the archive keeps, `source` and `id_day` among them. */
  readonly columns: string;
  /** What tells its rows apart, `source` and `id_day` first. */
  readonly key: string;
  /** The column whose range a manifest notes for each file. */
  readonly timeColumn: string;
  /** The numbers of a table's rows by queue, with `received_at`: for those of copies that the
   *  archive leaves out. Undefined: its rows have none that would be missed. */
  numberedSql?(table: string): string;
  /** Sets what queries see of the archive, in the transaction that `writer` has begun, if any. */
  replaceArchived(
    writer: DuckDBConnection,
    paths: readonly string[],
    copies: number,
    copiedSeqs: string | undefined,
  ): Promise<void>;
}

/** One of several rows with the same key: that with the lowest receivedAt, everywhere. */
export function firstCopyBy(key: string): string {
  return `QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY received_at) = 1`;
}
