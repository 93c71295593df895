import type { QueueRecord } from '@holdfast/sdk-core/ports';
import type { FileSystem } from './file-system.js';
import type { Extent, OpenSegment } from './segment-writer.js';

interface PendingAppend {
  readonly records: readonly QueueRecord[];
  extents: readonly Extent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Forces appends to the disk in groups: one sync is under way, and all that waited meanwhile share
 * the next, which follows at once. So what a sync has to write, and what a write behind it has to
 * wait for, stays as small as it can be, without a window that would only add latency.
 */
export class GroupSync {
  readonly #fileSystem: FileSystem;
  readonly #publish: (extents: readonly Extent[]) => void;
  #waiting: PendingAppend[] = [];
  #syncing: PendingAppend[] = [];
  #run: Promise<void> | undefined;

  constructor(fileSystem: FileSystem, publish: (extents: readonly Extent[]) => void) {
    this.#fileSystem = fileSystem;
    this.#publish = publish;
  }

  /** Resolves when these extents are on the disk and published, in the order of the calls. */
  add(records: readonly QueueRecord[], extents: readonly Extent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, extents, resolve, reject });
      this.#run ??= this.#runAll();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#run) await this.#run;
  }

  /** Writes the records of all appends under way anew; an append that cannot be is rejected. */
  rewrite(write: (records: readonly QueueRecord[]) => readonly Extent[]): void {
    for (const append of [...this.#syncing, ...this.#waiting]) {
      abandon(append.extents);
      try {
        append.extents = write(append.records);
      } catch (error) {
        append.extents = [];
        append.reject(error);
      }
    }
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#syncing = this.#waiting;
      this.#waiting = [];
      await this.#syncTogether(this.#syncing);
    }
    this.#syncing = [];
    this.#run = undefined;
  }

  async #syncTogether(group: readonly PendingAppend[]): Promise<void> {
    const extentsBefore = group.map(({ extents }) => extents);
    const extents = extentsBefore.flat();
    // A file of which a sync failed is never synced again: it would succeed and mean nothing.
    const files = new Set(extents.filter((each) => !isPoisoned(each)).map(({ file }) => file));
    const failure = await this.#syncFiles([...files]);
    const again: PendingAppend[] = [];
    group.forEach((append, index) => {
      if (append.extents !== extentsBefore[index]) again.push(append);
      else if (failure !== undefined || append.extents.some(isPoisoned)) {
        abandon(append.extents);
        append.reject(failure ?? new Error('an earlier sync of the same file failed'));
      } else {
        this.#publish(append.extents);
        append.resolve();
      }
    });
    this.#waiting.unshift(...again);
  }

  /** The error if any of the files or their folders is not on the disk now. */
  async #syncFiles(files: readonly OpenSegment[]): Promise<unknown> {
    const folders = new Set(files.map(({ segment }) => segment.folder));
    // All of them, also when one has failed: the next group relies on folders that were synced.
    const syncs = await Promise.allSettled([
      ...files.map((file) => file.sync()),
      ...[...folders].map((folder) => folder.sync(this.#fileSystem)),
    ]);
    return syncs.find((sync) => sync.status === 'rejected')?.reason;
  }
}

function isPoisoned({ file }: Extent): boolean {
  return file.isPoisoned;
}

export function abandon(extents: readonly Extent[]): void {
  for (const { file } of extents) file.abandon();
}
