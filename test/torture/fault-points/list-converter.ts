import type { Disk } from '../../../packages/server-core/src/disk/disk.js';
import type {
  Conversion,
  SegmentConverter,
  WrittenFile,
} from '../../../packages/storage/src/archive/segment-converter.js';
import type { EventLog } from '../../../packages/storage/src/log/event-log.js';
import { SegmentReader } from '../../../packages/storage/src/log/segment-reader.js';

/** Converts segments to files with an event a line: one partition, no copies. */
export class ListConverter implements SegmentConverter {
  readonly #segments: EventLog;
  readonly #disk: Disk;
  readonly #reader: SegmentReader;
  readonly #taken = new Map<string, string[]>();

  constructor(segments: EventLog, disk: Disk) {
    this.#segments = segments;
    this.#disk = disk;
    this.#reader = new SegmentReader(disk);
  }

  async refresh(): Promise<void> {
    for (const segment of this.#segments.readableSegments()) {
      const taken = this.#taken.get(segment.name) ?? [];
      this.#taken.set(segment.name, taken);
      await this.#reader.readNew(segment, async (lines) => {
        taken.push(...lines.map(({ event }) => Buffer.from(event).toString()));
        return 0;
      });
    }
  }

  takenBytes(segment: string): number {
    return this.#reader.offset(segment);
  }

  damagedBytes(segment: string): number {
    return this.#reader.damagedBytes(segment);
  }

  convert<Result>(
    segments: readonly string[],
    work: (conversion: Conversion) => Promise<Result>,
  ): Promise<Result> {
    const fresh = segments.flatMap((name) => this.#taken.get(name) ?? []);
    const pool = async (rewritten: readonly string[]) => [
      ...fresh,
      ...(await this.#read(rewritten)),
    ];
    return work({
      rowCount: async () => fresh.length,
      partitions: async () => [{ source: 'shop', idDay: '2026-11-23' }],
      filesWithLaterCopies: async () => [],
      write: async (folder, fileName, rewritten) => [
        await this.#write(folder, fileName, await pool(rewritten)),
      ],
      writeCopiedSeqs: async () => false,
      missingFrom: async (paths, rewritten) => {
        const there = new Set(await this.#read(paths));
        return (await pool(rewritten)).filter((event) => !there.has(event)).length;
      },
    });
  }

  async show(): Promise<void> {}

  async runningQueriesEnd(): Promise<void> {}

  async #write(folder: string, fileName: string, events: readonly string[]): Promise<WrittenFile> {
    const path = `${folder}/source=shop/id_day=2026-11-23/${fileName}-0.parquet`;
    await this.#disk.makeFolder(path.slice(0, path.lastIndexOf('/')));
    const file = await this.#disk.create(path);
    try {
      await file.write(Buffer.from(events.map((event) => `${event}\n`).join('')));
    } finally {
      await file.close();
    }
    const times = { minTimestampMs: 1, maxTimestampMs: 2 };
    return { path, source: 'shop', idDay: '2026-11-23', rows: events.length, ...times };
  }

  async #read(paths: readonly string[]): Promise<string[]> {
    const texts: string[] = [];
    for (const path of paths) {
      const bytes = await this.#disk.readFile(path);
      texts.push(
        ...Buffer.from(bytes ?? [])
          .toString()
          .split('\n'),
      );
    }
    return texts.filter((text) => text !== '');
  }
}
