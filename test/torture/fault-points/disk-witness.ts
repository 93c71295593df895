/**
 * Stands around a disk and knows what of it a power cut would leave: the bytes of a file as they were
 * when its last successful sync began, under names whose folder was synced since. It also sees
 * whether a descriptor is used again of which a sync has failed.
 */
import type { Disk, DiskFile } from '../../../packages/server-core/src/disk/disk.js';
import type { MemoryDisk } from '../../../packages/server-core/test/support/memory-disk.js';

export class DiskWitness {
  /** Writes and syncs of a descriptor after a sync of it failed. */
  readonly offences: string[] = [];
  failedSyncs = 0;
  readonly #memory: MemoryDisk;
  readonly #synced = new Map<string, Uint8Array>();
  /** What stands under a name once its folder was synced. */
  readonly #survivors = new Map<string, Uint8Array>();

  constructor(memory: MemoryDisk) {
    this.#memory = memory;
  }

  /** What a power cut would leave now under a name. */
  survivor(path: string): Buffer | undefined {
    const bytes = this.#survivors.get(path);
    return bytes && Buffer.from(bytes);
  }

  survivors(): Buffer[] {
    return [...this.#survivors.values()].map((bytes) => Buffer.from(bytes));
  }

  watch(inner: Disk): Disk {
    const watched: Partial<Disk> = {
      create: async (path) => this.#file(await inner.create(path), path),
      open: async (path) => this.#file(await inner.open(path), path),
      rename: async (from, to) => {
        await inner.rename(from, to);
        const bytes = this.#synced.get(from);
        if (bytes) this.#synced.set(to, bytes);
        this.#synced.delete(from);
      },
      syncFolder: async (path) => {
        const entries = await this.#memory.list(path);
        await inner.syncFolder(path);
        for (const { name } of entries) this.#keep(`${path}/${name}`);
      },
    };
    return new Proxy(inner, {
      get: (target, name: keyof Disk) => watched[name] ?? target[name],
    });
  }

  #file(file: DiskFile, path: string): DiskFile {
    let hasFailed = false;
    const use = (what: string) => {
      if (hasFailed) this.offences.push(`${what} of ${path} after a failed sync of it`);
    };
    return {
      read: (into, position) => file.read(into, position),
      close: () => file.close(),
      write: (bytes) => {
        use('write');
        return file.write(bytes);
      },
      datasync: async () => {
        use('sync');
        const bytes = this.#memory.files().get(path);
        try {
          await file.datasync();
        } catch (error) {
          hasFailed = true;
          this.failedSyncs++;
          throw error;
        }
        if (bytes) this.#synced.set(path, bytes);
        // Its name may be durable already.
        if (this.#survivors.has(path)) this.#keep(path);
      },
    };
  }

  /** The name is durable from now on, with as much behind it as was synced. */
  #keep(path: string): void {
    this.#survivors.set(path, this.#synced.get(path) ?? new Uint8Array());
  }
}
