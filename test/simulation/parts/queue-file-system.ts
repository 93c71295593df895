import type { FileSystem } from '../../../packages/sdk-node/src/queue/file-system.js';
import type { Life } from '../models/life.js';
import type { Machine } from '../models/machine.js';
import { diskError, type FileNode } from '../models/model-disk.js';

/** Slowest call that is not synchronous. */
const maxCallMs = 10;

/** A queue folder inside another one. */
const adoptionPattern = /\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/;

/** The queue's file system as one process sees it: a machine's disk, as long as it lives. */
export class QueueFileSystem implements FileSystem {
  readonly #machine: Machine;
  readonly #life: Life;
  readonly #open = new Map<number, FileNode>();
  #lastFd = 2;
  /** Dies at the so-many-th call from now, of a kind or of any. */
  killAt: { count: number; readonly call?: string | undefined } | undefined;

  constructor(machine: Machine, life: Life) {
    this.#machine = machine;
    this.#life = life;
  }

  makeFolder(path: string): string | undefined {
    return this.#call('mkdir', path, () => {
      this.#machine.beforeGrowth('mkdir', path);
      return this.#machine.disk.makeFolders(path);
    });
  }

  create(path: string): number {
    return this.#call('open', path, () => {
      this.#machine.beforeGrowth('open', path);
      return this.#opened(this.#machine.disk.createFile(path, 'open', this.#nowMs()));
    });
  }

  openForWriting(path: string): number {
    return this.#call('open', path, () => {
      const { disk } = this.#machine;
      if (disk.find(path)) return this.#opened(disk.file(path, 'open'));
      this.#machine.beforeGrowth('open', path);
      return this.#opened(disk.createFile(path, 'open', this.#nowMs()));
    });
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    return this.#call('write', '', () =>
      this.#machine.write(this.#nodeOf(fd), bytes.subarray(offset, offset + length), position),
    );
  }

  truncate(fd: number, length: number): void {
    this.#call('ftruncate', '', () => this.#machine.disk.truncate(this.#nodeOf(fd), length));
  }

  append(path: string, bytes: Uint8Array): void {
    const fd = this.openForWriting(path);
    const node = this.#nodeOf(fd);
    try {
      let at = 0;
      while (at < bytes.length) {
        at += this.write(fd, bytes, at, bytes.length - at, node.live.length);
      }
    } finally {
      this.close(fd);
    }
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }

  sizeOf(path: string): number | undefined {
    return this.#call('stat', path, () => {
      const node = this.#machine.disk.find(path);
      return node?.kind === 'file' ? node.live.length : node && 4_096;
    });
  }

  move(from: string, to: string): void {
    this.#call('rename', from, () => this.#machine.disk.rename(from, to));
    if (adoptionPattern.test(to)) this.#machine.faults.add('folderAdopted');
  }

  readSmall(path: string): Uint8Array {
    this.#noteRace(path);
    return this.#call('read', path, () => Buffer.from(this.#machine.disk.file(path, 'read').live));
  }

  listNow(path: string): string[] {
    return this.#call('readdir', path, () => {
      const node = this.#machine.disk.find(path);
      return node?.kind === 'folder' ? [...node.entries.keys()] : [];
    });
  }

  syncData(fd: number): Promise<void> {
    return this.#later('fdatasync', '', () => this.#machine.syncFile(this.#nodeOf(fd)));
  }

  syncFolder(path: string): Promise<void> {
    return this.#later('fsync', path, () => {
      const { disk } = this.#machine;
      this.#machine.beforeFolderSync(path);
      disk.syncFolder(disk.folder(path, 'fsync'));
    });
  }

  list(path: string): Promise<string[]> {
    return this.#later('readdir', path, () => {
      return [...this.#machine.disk.folder(path, 'readdir').entries.keys()];
    });
  }

  read(path: string, start: number, end: number): Promise<Uint8Array> {
    return this.#later('read', path, () =>
      Buffer.from(this.#machine.disk.file(path, 'read').live.subarray(start, end)),
    );
  }

  remove(path: string): Promise<void> {
    return this.#later('unlink', path, () => this.#machine.disk.unlink(path));
  }

  removeFolder(path: string): Promise<void> {
    return this.#later('rmdir', path, () => this.#machine.disk.removeFolder(path));
  }

  #call<T>(call: string, path: string, work: () => T): T {
    // What a dead process goes on to do in its last synchronous step has no effect.
    if (this.#life.isDead) throw diskError('EIO', call, path);
    const isMeant = this.killAt && (this.killAt.call ?? call) === call;
    if (isMeant && --this.killAt!.count <= 0) {
      this.killAt = undefined;
      this.#machine.faults.add('killInsideWrite');
      // Half of the times the call itself still happened.
      const isDone = this.#machine.random.fraction() < 0.5;
      try {
        return isDone ? work() : fail(call, path);
      } finally {
        this.#life.kill();
      }
    }
    this.#machine.beforeCall(call, path);
    return work();
  }

  /** Happens at some moment, and is told a moment later; not at all if the process dies before. */
  #later<T>(call: string, path: string, work: () => T): Promise<T> {
    const { clock, random } = this.#machine;
    const delayMs = random.fraction() * maxCallMs * random.fraction();
    const tell = (callback: () => void) =>
      clock.schedule(random.fraction() * delayMs, () => this.#life.deliver(callback));
    return new Promise((resolve, reject) => {
      clock.schedule(delayMs, () => {
        if (this.#life.isDead) return;
        try {
          const value = this.#call(call, path, work);
          tell(() => resolve(value));
        } catch (error) {
          tell(() => reject(error));
        }
      });
    });
  }

  #opened(node: FileNode): number {
    const fd = ++this.#lastFd;
    this.#open.set(fd, node);
    return fd;
  }

  #nodeOf(fd: number): FileNode {
    const node = this.#open.get(fd);
    if (node === undefined) throw diskError('EIO', 'write to a closed descriptor');
    return node;
  }

  /** A folder that was there when its name was read is another adopter's by now. */
  #noteRace(path: string): void {
    if (!path.endsWith('/owner')) return;
    if (this.#machine.disk.find(path.slice(0, -'/owner'.length))) return;
    this.#machine.faults.add('adoptionRace');
  }

  #nowMs(): number {
    return this.#machine.clock.nowMs();
  }
}

function fail(call: string, path: string): never {
  throw diskError('EIO', call, path);
}
