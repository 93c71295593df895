/**
 * Stands around the queue's file system and knows what of it a power cut would leave: the bytes of a
 * file as they were when its last successful sync began, under names whose folder was synced since.
 * It also sees whether a file is used again of which a sync has failed.
 */
import type { FileSystem } from '../../../packages/sdk-node/src/queue/file-system.js';
import type { MemoryFileSystem } from '../../../packages/sdk-node/test/support/memory-file-system.js';

interface OpenFile {
  readonly path: string;
  hasFailed: boolean;
}

export class SyncWitness {
  /** Writes, cuts and syncs of a file after a sync of it failed. */
  readonly offences: string[] = [];
  failedSyncs = 0;
  readonly #memory: MemoryFileSystem;
  readonly #open = new Map<number, OpenFile>();
  readonly #synced = new Map<string, Uint8Array>();
  readonly #names = new Set<string>();

  constructor(memory: MemoryFileSystem) {
    this.#memory = memory;
  }

  /** The segments that a power cut would leave now. */
  survivors(): Map<string, Uint8Array> {
    const survivors = new Map<string, Uint8Array>();
    for (const [path, bytes] of this.#synced) {
      if (this.#names.has(path) && this.#names.has(folderOf(path))) survivors.set(path, bytes);
    }
    return survivors;
  }

  watch(inner: FileSystem): FileSystem {
    const opened = (fd: number, path: string) => {
      this.#open.set(fd, { path, hasFailed: false });
      return fd;
    };
    const use = (fd: number, what: string) => {
      const file = this.#open.get(fd);
      if (file?.hasFailed) this.offences.push(`${what} of ${file.path} after a failed sync of it`);
      return file;
    };
    const watched: Partial<FileSystem> = {
      create: (path) => opened(inner.create(path), path),
      openForWriting: (path) => opened(inner.openForWriting(path), path),
      write: (fd, ...rest) => {
        use(fd, 'write');
        return inner.write(fd, ...rest);
      },
      truncate: (fd, length) => {
        use(fd, 'truncate');
        inner.truncate(fd, length);
      },
      syncData: async (fd) => {
        const file = use(fd, 'sync')!;
        const bytes = this.#memory.readSmall(file.path);
        try {
          await inner.syncData(fd);
          this.#synced.set(file.path, bytes);
        } catch (error) {
          file.hasFailed = true;
          this.failedSyncs++;
          throw error;
        }
      },
      syncFolder: async (path) => {
        const names = this.#memory.listNow(path);
        await inner.syncFolder(path);
        for (const name of names) this.#names.add(`${path}/${name}`);
      },
    };
    return new Proxy(inner, {
      get: (target, name: keyof FileSystem) => watched[name] ?? target[name],
    });
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
