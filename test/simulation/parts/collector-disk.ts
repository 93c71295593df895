import type {
  Disk,
  DiskEntry,
  DiskFile,
  DiskStat,
} from '../../../packages/server-core/src/disk/disk.js';
import type { Life } from '../models/life.js';
import type { Machine } from '../models/machine.js';
import { diskError, type FileNode } from '../models/model-disk.js';

/** Slowest call. */
const maxCallMs = 8;

/** A machine's disk as one run of a collector sees it. */
export class CollectorDisk implements Disk {
  readonly #machine: Machine;
  readonly #life: Life;
  /** Told of each file whose bytes were just made durable. */
  readonly #onDurable: (path: string, bytes: Buffer) => void;
  /** Dies at the so-many-th call from now, of a kind or of any. */
  killAt: { count: number; readonly call?: string | undefined } | undefined;

  constructor(machine: Machine, life: Life, onDurable: (path: string, bytes: Buffer) => void) {
    this.#machine = machine;
    this.#life = life;
    this.#onDurable = onDurable;
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.#call('mkdir', path, ({ disk }) => disk.makeFolders(path));
  }

  create(path: string): Promise<DiskFile> {
    return this.#call('open', path, (machine) => {
      machine.beforeGrowth('open', path);
      return this.#file(path, machine.disk.createFile(path, 'open', machine.clock.nowMs()));
    });
  }

  open(path: string): Promise<DiskFile> {
    return this.#call('open', path, ({ disk }) => this.#file(path, disk.file(path, 'open')));
  }

  readFile(path: string): Promise<Uint8Array | undefined> {
    return this.#call('read', path, ({ disk }) => {
      const node = disk.find(path);
      return node?.kind === 'file' ? Buffer.from(node.live) : undefined;
    });
  }

  list(folder: string): Promise<readonly DiskEntry[]> {
    return this.#call('readdir', folder, ({ disk }) =>
      [...disk.folder(folder, 'readdir').entries].map(([name, node]) => ({
        name,
        isFolder: node.kind === 'folder',
      })),
    );
  }

  stat(path: string): Promise<DiskStat | undefined> {
    return this.#call('stat', path, ({ disk }) => {
      const node = disk.find(path);
      if (node?.kind !== 'file') return undefined;
      return { bytes: node.live.length, modifiedMs: node.touchedMs };
    });
  }

  touch(path: string, modifiedMs: number): Promise<void> {
    return this.#call('utimes', path, ({ disk }) => {
      disk.file(path, 'utimes').touchedMs = modifiedMs;
    });
  }

  truncate(path: string, bytes: number): Promise<void> {
    return this.#call('truncate', path, ({ disk }) =>
      disk.truncate(disk.file(path, 'truncate'), bytes),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, ({ disk }) => disk.rename(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return this.#call('link', from, ({ disk }) => disk.link(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call('unlink', path, ({ disk }) => {
      if (disk.find(path)) disk.unlink(path);
    });
  }

  syncFolder(path: string): Promise<void> {
    return this.#call('fsync', path, ({ disk }) => disk.syncFolder(disk.folder(path, 'fsync')));
  }

  #file(path: string, node: FileNode): DiskFile {
    return {
      write: (bytes) =>
        this.#call('write', path, (machine) => {
          let at = 0;
          while (at < bytes.length) {
            at += machine.write(node, bytes.subarray(at), node.live.length);
          }
        }),
      read: (into, position) =>
        this.#call('read', path, () => node.live.copy(into, 0, position, position + into.length)),
      datasync: () =>
        this.#call('fdatasync', path, (machine) => {
          machine.syncFile(node);
          this.#onDurable(path, node.durable);
        }),
      close: () => this.#call('close', path, () => undefined),
    };
  }

  #call<T>(call: string, path: string, work: (machine: Machine) => T): Promise<T> {
    const { clock, random } = this.#machine;
    if (this.#life.isDead) return new Promise(() => undefined);
    const delayMs = random.fraction() ** 2 * maxCallMs;
    return new Promise((resolve, reject) => {
      clock.schedule(delayMs, () => {
        if (this.#life.isDead) return;
        const isMeant = this.killAt && (this.killAt.call ?? call) === call;
        const isLast = isMeant === true && --this.killAt!.count <= 0;
        const isDone = !isLast || random.fraction() < 0.5;
        try {
          if (call !== 'close') this.#machine.beforeCall(call, path);
          if (!isDone) throw diskError('EIO', call, path);
          const value = work(this.#machine);
          if (!isLast) this.#life.deliver(() => resolve(value));
        } catch (error) {
          if (!isLast) this.#life.deliver(() => reject(error));
        }
        if (isLast) this.#life.kill();
      });
    });
  }
}
