import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileEventStore, type FileEventStoreOptions } from '../../src/queue/file-event-store.js';
import { systemClock } from '../../src/system-clock.js';
import { systemRandom } from '../../src/system-random.js';

/** A write key's folder on the real disk, and the stores that a test opens in it. */
export class StoreFolder {
  readonly base = mkdtempSync(join(tmpdir(), 'holdfast-queue-'));
  readonly rootPath = join(this.base, 'queue', 'key');
  readonly #stores: FileEventStore[] = [];

  open(changes: Partial<FileEventStoreOptions> = {}): FileEventStore {
    const store = new FileEventStore({
      rootPath: this.rootPath,
      queueId: randomUUID(),
      durability: 'process',
      clock: systemClock,
      random: systemRandom,
      ...changes,
    });
    this.#stores.push(store);
    return store;
  }

  /** Opens a store and waits until it has what dead owners left. */
  async openAdopting(changes: Partial<FileEventStoreOptions> = {}): Promise<FileEventStore> {
    const store = this.open(changes);
    await store.adopt();
    return store;
  }

  /** All files below, as paths relative to the write key's folder. */
  files(under = this.rootPath): string[] {
    if (!existsSync(under)) return [];
    return readdirSync(under, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.rootPath.length + 1))
      .sort();
  }

  segments(): string[] {
    return this.files().filter((name) => name.endsWith('.seg'));
  }

  /** The text of one of {@link files}. */
  read(name: string): string {
    return readFileSync(join(this.rootPath, name), 'utf8');
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    rmSync(this.base, { recursive: true, force: true });
  }
}
