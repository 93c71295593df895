import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { systemClock } from '@holdfast/server-core/system-clock';
import { Archiver, type ArchiverParts } from '../../src/archive/archiver.js';
import type { SegmentConverter } from '../../src/archive/segment-converter.js';
import { DuckdbConverter } from '../../src/duckdb/duckdb-converter.js';
import { archivedEvents } from '../../src/duckdb/event-table.js';
import { QueryStore } from '../../src/duckdb/query-store.js';
import { archivedRejections } from '../../src/duckdb/rejection-table.js';
import { SegmentFolder } from './segment-folder.js';

type Archived = 'events' | 'deadLetters';

/** Real segments, the store that queries them, and an archiver of those of one kind. */
export class StorageTier {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-tier-'));
  events!: SegmentFolder;
  deadLetters!: SegmentFolder;
  store!: QueryStore;
  archiver!: Archiver;
  /** Segments of which the archiver said that they are damaged. */
  readonly damaged: string[] = [];
  readonly #archived: Archived;
  readonly #due: ArchiverParts['due'];
  #template: string | undefined;

  private constructor(archived: Archived, due: ArchiverParts['due']) {
    this.#archived = archived;
    this.#due = due;
    this.#takeSegments();
  }

  static async create(archived: Archived, due?: ArchiverParts['due']): Promise<StorageTier> {
    const tier = new StorageTier(archived, due);
    await tier.open();
    return tier;
  }

  /** As at the start of a process. */
  async open(disk: Disk = nodeDisk): Promise<void> {
    const { events, deadLetters } = this;
    const spillFolder = join(this.folder, 'spill');
    this.store = await QueryStore.open({ events, deadLetters, spillFolder, clock: systemClock });
    this.archiver = new Archiver({
      folder: join(this.folder, 'archive'),
      segments: this[this.#archived],
      ...(this.#due && { due: this.#due }),
      converter: converters[this.#archived](this.store),
      disk,
      newId: randomUUID,
      onDamaged: (segment) => this.damaged.push(segment),
    });
  }

  async reopen(): Promise<void> {
    await this.store.close();
    await this.open();
    await this.archiver.recover();
  }

  /** Keeps a copy of what is there now, for {@link begin}. */
  async saveTemplate(): Promise<void> {
    this.#template = mkdtempSync(join(tmpdir(), 'holdfast-tier-template-'));
    await this.store.close();
    cpSync(this.folder, this.#template, { recursive: true });
    await this.open();
  }

  /** The saved template, opened by a new process. */
  async begin(disk: Disk): Promise<void> {
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
    cpSync(this.#template!, this.folder, { recursive: true });
    this.#takeSegments();
    await this.open(disk);
  }

  /** The archive's files of rows, as paths below its folder of them. */
  parquetFiles(): string[] {
    const files = join(this.folder, 'archive', 'events');
    return readdirSync(files, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.parquet'))
      .sort();
  }

  async dispose(): Promise<void> {
    await this.store.close();
    for (const folder of [this.folder, this.#template]) {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }

  #takeSegments(): void {
    this.events = new SegmentFolder(join(this.folder, 'segments'));
    this.deadLetters = new SegmentFolder(join(this.folder, 'dead-letters'));
  }
}

const converters: Record<Archived, (store: QueryStore) => SegmentConverter> = {
  events: (store) => new DuckdbConverter(store, store.events, archivedEvents),
  deadLetters: (store) => new DuckdbConverter(store, store.deadLetters, archivedRejections),
};
