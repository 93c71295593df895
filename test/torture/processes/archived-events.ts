import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { emptyManifest } from '../../../packages/storage/src/archive/manifest.js';
import { ManifestStore } from '../../../packages/storage/src/archive/manifest-store.js';
import type { HeldEvent } from './counted-events.js';

export interface ArchivedEvents {
  /** In the files that the manifest names, and in no others. */
  readonly events: readonly HeldEvent[];
  /** Segments that count no more, whether they are deleted yet or not. */
  readonly segments: ReadonlySet<string>;
}

/** Reads an archive by its manifest alone. Rejects if a file that it names cannot be read. */
export async function archivedEvents(dataFolder: string): Promise<ArchivedEvents> {
  const folder = join(dataFolder, 'archive');
  const manifest = await new ManifestStore(folder, nodeDisk).read();
  const { files, segments } = manifest ?? emptyManifest;
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const events: HeldEvent[] = [];
    for (const file of files) {
      const sql = 'SELECT raw FROM read_parquet($path, hive_partitioning = false)';
      const result = await connection.runAndReadAll(sql, { path: join(folder, file.path) });
      const rows = result.getRowObjects() as { raw: string }[];
      if (rows.length !== file.rows) throw new Error(`${file.path} has ${rows.length} rows`);
      for (const { raw } of rows) events.push({ source: file.source, json: raw });
    }
    return { events, segments: new Set(segments) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
