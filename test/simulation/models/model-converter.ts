/**
 * What stands for DuckDB: reads segments, writes files of rows, and answers queries from what it
 * was shown. Its files are JSON lines; the archiver does not look into them.
 */
import { dirname, join } from 'node:path';
import { scanSegment } from '@holdfast/protocol/file-segment';
import type { Disk } from '../../../packages/server-core/src/disk/disk.js';
import type {
  Conversion,
  Partition,
  SegmentConverter,
  ShownArchive,
  WrittenFile,
} from '../../../packages/storage/src/archive/segment-converter.js';
import { type EventRow, eventRow } from '../../../packages/storage/src/duckdb/event-row.js';
import type { EventLog } from '../../../packages/storage/src/log/event-log.js';

interface TakenSegment {
  readonly bytes: number;
  readonly damagedBytes: number;
  readonly rows: readonly EventRow[];
}

const keyOf = ({ source, idDay, eventId }: EventRow) => `${source}\n${idDay}\n${eventId}`;

export class ModelConverter implements SegmentConverter {
  readonly #disk: Disk;
  readonly #segments: EventLog;
  readonly #taken = new Map<string, TakenSegment>();
  #shown: ShownArchive = { paths: [], segments: [], copies: 0 };

  constructor(disk: Disk, segments: EventLog) {
    this.#disk = disk;
    this.#segments = segments;
  }

  async refresh(): Promise<void> {
    for (const { name, path, validBytes } of this.#segments.readableSegments()) {
      if (this.#shown.segments.includes(name)) continue;
      if (this.#taken.get(name)?.bytes === validBytes) continue;
      const whole = await this.#disk.readFile(path);
      if (whole === undefined) continue;
      const bytes = whole.subarray(0, validBytes);
      const rows: EventRow[] = [];
      const { damaged } = scanSegment(bytes, (line) => rows.push(eventRow(line)));
      const damagedBytes = damaged.reduce((sum, { start, end }) => sum + end - start, 0);
      this.#taken.set(name, { bytes: validBytes, damagedBytes, rows });
    }
  }

  takenBytes(segment: string): number {
    return this.#taken.get(segment)?.bytes ?? 0;
  }

  damagedBytes(segment: string): number {
    return this.#taken.get(segment)?.damagedBytes ?? 0;
  }

  convert<Result>(
    segments: readonly string[],
    work: (conversion: Conversion) => Promise<Result>,
  ): Promise<Result> {
    const fresh = segments.flatMap((name) => this.#taken.get(name)?.rows ?? []);
    return work(new ModelConversion(this.#disk, fresh));
  }

  async show(archive: ShownArchive): Promise<void> {
    this.#shown = archive;
    for (const name of archive.segments) this.#taken.delete(name);
  }

  async runningQueriesEnd(): Promise<void> {}

  /** All rows that a query sees, copies among them. */
  async query(): Promise<EventRow[]> {
    await this.refresh();
    const names = new Set(this.#segments.readableSegments().map(({ name }) => name));
    const open = [...this.#taken].filter(([name]) => names.has(name));
    const rows = open.flatMap(([, { rows }]) => rows);
    return [...(await rowsOf(this.#disk, this.#shown.paths)), ...rows];
  }
}

class ModelConversion implements Conversion {
  readonly #disk: Disk;
  readonly #fresh: readonly EventRow[];

  constructor(disk: Disk, fresh: readonly EventRow[]) {
    this.#disk = disk;
    this.#fresh = fresh;
  }

  async rowCount(): Promise<number> {
    return this.#fresh.length;
  }

  async partitions(): Promise<Partition[]> {
    const all = new Map<string, Partition>();
    for (const { source, idDay } of this.#fresh) all.set(`${source}/${idDay}`, { source, idDay });
    return [...all.values()];
  }

  async filesWithLaterCopies(paths: readonly string[]): Promise<string[]> {
    const received = new Map<string, number>();
    for (const row of this.#fresh) {
      const known = received.get(keyOf(row)) ?? Number.POSITIVE_INFINITY;
      received.set(keyOf(row), Math.min(known, row.receivedAtMs));
    }
    const later: string[] = [];
    for (const path of paths) {
      const rows = await rowsOf(this.#disk, [path]);
      const isLater = (row: EventRow) =>
        (received.get(keyOf(row)) ?? Number.POSITIVE_INFINITY) < row.receivedAtMs;
      if (rows.some(isLater)) later.push(path);
    }
    return later;
  }

  async write(
    folder: string,
    fileName: string,
    rewritten: readonly string[],
    kept: readonly string[],
  ): Promise<WrittenFile[]> {
    const keptKeys = new Set((await rowsOf(this.#disk, kept)).map(keyOf));
    const first = new Map<string, EventRow>();
    for (const row of [...this.#fresh, ...(await rowsOf(this.#disk, rewritten))]) {
      const known = first.get(keyOf(row));
      if (keptKeys.has(keyOf(row)) || (known && known.receivedAtMs <= row.receivedAtMs)) continue;
      first.set(keyOf(row), row);
    }
    const byPartition = new Map<string, EventRow[]>();
    for (const row of first.values()) {
      const place = join(`source=${row.source}`, `id_day=${row.idDay}`);
      byPartition.set(place, [...(byPartition.get(place) ?? []), row]);
    }
    const written: WrittenFile[] = [];
    for (const [place, rows] of byPartition) {
      written.push(await this.#writeFile(join(folder, place, `${fileName}-0.parquet`), rows));
    }
    return written;
  }

  /** The simulated apps have no ids of their own, so no event comes under two numbers. */
  async writeCopiedSeqs(): Promise<boolean> {
    return false;
  }

  async missingFrom(paths: readonly string[], rewritten: readonly string[]): Promise<number> {
    const present = new Set((await rowsOf(this.#disk, paths)).map(keyOf));
    const wanted = [...this.#fresh, ...(await rowsOf(this.#disk, rewritten))];
    return wanted.filter((row) => !present.has(keyOf(row))).length;
  }

  async #writeFile(path: string, rows: readonly EventRow[]): Promise<WrittenFile> {
    await this.#disk.makeFolder(dirname(path));
    const file = await this.#disk.create(path);
    try {
      await file.write(Buffer.from(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`));
    } finally {
      await file.close();
    }
    const times = rows.map(({ timestampMs }) => timestampMs);
    const [{ source, idDay }] = rows as [EventRow];
    return {
      ...{ path, source, idDay, rows: rows.length },
      ...{ minTimestampMs: Math.min(...times), maxTimestampMs: Math.max(...times) },
    };
  }
}

/** Reads files back; a file that is gone or damaged rejects, as DuckDB does. */
async function rowsOf(disk: Disk, paths: readonly string[]): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  for (const path of paths) {
    const bytes = await disk.readFile(path);
    if (bytes === undefined) throw new Error(`${path} is gone`);
    for (const line of Buffer.from(bytes).toString().split('\n')) {
      if (line !== '') rows.push(JSON.parse(line) as EventRow);
    }
  }
  return rows;
}
