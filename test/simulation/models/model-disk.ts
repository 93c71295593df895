/**
 * A disk with a page cache: what programs see and what a power cut leaves are kept apart.
 *
 * - A write changes what programs see. It is durable once the file was synced; of the writes since
 *   then a power cut keeps any, whole or torn.
 * - Names (create, rename, unlink) are durable once their folder was synced. Of the others a power
 *   cut keeps either a prefix, as a journal does, or any that still make sense.
 * - After a failed sync its pages are gone, although they read back and later syncs succeed.
 * - A lying disk says yes to a sync and does nothing.
 */
import type { SeededRandom } from '../../support/seeded-random.js';

interface PendingWrite {
  readonly position: number;
  /** Undefined: a truncation to `position`. */
  readonly bytes: Uint8Array | undefined;
}

export interface FileNode {
  readonly kind: 'file';
  live: Buffer;
  durable: Buffer;
  pending: PendingWrite[];
  touchedMs: number;
}

export interface FolderNode {
  readonly kind: 'folder';
  readonly entries: Map<string, Node>;
}

type Node = FileNode | FolderNode;

/** A change of names. */
interface NameChange {
  readonly kind: 'link' | 'rename' | 'unlink';
  readonly node: Node;
  readonly folder: FolderNode;
  readonly name: string;
  /** Of a rename: where it goes to. */
  readonly toFolder?: FolderNode;
  readonly toName?: string;
  isSynced: boolean;
}

export type DiskErrno = 'ENOENT' | 'EEXIST' | 'ENOTEMPTY' | 'ENOTDIR' | 'EISDIR' | 'ENOSPC' | 'EIO';

export function diskError(code: DiskErrno, call: string, path = ''): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code });
}

export class ModelDisk {
  readonly root: FolderNode = { kind: 'folder', entries: new Map() };
  /** Syncs say yes and do nothing. */
  isLying = false;
  readonly #random: SeededRandom;
  #changes: NameChange[] = [];
  /** What the names are after a power cut, but for the changes that are kept. */
  #durableNames = new Map<FolderNode, Map<string, Node>>();
  /** Syncs that did nothing. */
  liedSyncs = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** The node at an absolute path. */
  find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of namesOf(path)) {
      if (node?.kind !== 'folder') return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  file(path: string, call: string): FileNode {
    const node = this.find(path);
    if (node === undefined) throw diskError('ENOENT', call, path);
    if (node.kind === 'folder') throw diskError('EISDIR', call, path);
    return node;
  }

  folder(path: string, call: string): FolderNode {
    const node = this.find(path);
    if (node === undefined) throw diskError('ENOENT', call, path);
    if (node.kind === 'file') throw diskError('ENOTDIR', call, path);
    return node;
  }

  createFile(path: string, call: string, nowMs: number): FileNode {
    const { folder, name } = this.#place(path, call);
    if (folder.entries.has(name)) throw diskError('EEXIST', call, path);
    const none = Buffer.alloc(0);
    const node: FileNode = {
      ...{ kind: 'file', live: none, durable: none, pending: [] },
      touchedMs: nowMs,
    };
    this.#change({ kind: 'link', node, folder, name, isSynced: false });
    return node;
  }

  /** Makes a folder and those above it; returns the topmost that was new. */
  makeFolders(path: string): string | undefined {
    let topmost: string | undefined;
    let at = '';
    let folder = this.root;
    for (const name of namesOf(path)) {
      at += `/${name}`;
      const known = folder.entries.get(name);
      if (known?.kind === 'file') throw diskError('EEXIST', 'mkdir', at);
      if (known === undefined) {
        topmost ??= at;
        const node: FolderNode = { kind: 'folder', entries: new Map() };
        this.#change({ kind: 'link', node, folder, name, isSynced: false });
      }
      folder = folder.entries.get(name) as FolderNode;
    }
    return topmost;
  }

  /** A second name for a file; fails if it is taken. */
  link(from: string, to: string): void {
    const node = this.file(from, 'link');
    const { folder, name } = this.#place(to, 'link');
    if (folder.entries.has(name)) throw diskError('EEXIST', 'link', to);
    this.#change({ kind: 'link', node, folder, name, isSynced: false });
  }

  rename(from: string, to: string): void {
    const { folder, name } = this.#place(from, 'rename');
    const node = folder.entries.get(name);
    if (node === undefined) throw diskError('ENOENT', 'rename', from);
    const { folder: toFolder, name: toName } = this.#place(to, 'rename');
    const before = toFolder.entries.get(toName);
    if (before?.kind === 'folder' && before.entries.size > 0) {
      throw diskError('ENOTEMPTY', 'rename', to);
    }
    this.#change({ kind: 'rename', node, folder, name, toFolder, toName, isSynced: false });
  }

  unlink(path: string): void {
    const node = this.file(path, 'unlink');
    const { folder, name } = this.#place(path, 'unlink');
    this.#change({ kind: 'unlink', node, folder, name, isSynced: false });
  }

  removeFolder(path: string): void {
    const node = this.folder(path, 'rmdir');
    if (node.entries.size > 0) throw diskError('ENOTEMPTY', 'rmdir', path);
    const { folder, name } = this.#place(path, 'rmdir');
    this.#change({ kind: 'unlink', node, folder, name, isSynced: false });
  }

  write(node: FileNode, bytes: Uint8Array, position: number, nowMs: number): void {
    const copy = Buffer.from(bytes);
    node.live = written(node.live, copy, position);
    node.pending.push({ position, bytes: copy });
    node.touchedMs = nowMs;
  }

  truncate(node: FileNode, length: number): void {
    node.live = cutTo(node.live, length);
    node.pending.push({ position: length, bytes: undefined });
  }

  /** Forces a file to the disk; `isFailing`: its pages are dropped instead, and it is told. */
  syncFile(node: FileNode, isFailing = false): void {
    if (this.#isLied()) return;
    const writes = node.pending;
    node.pending = [];
    if (isFailing) throw diskError('EIO', 'fdatasync');
    for (const write of writes) node.durable = applied(node.durable, write);
  }

  /** Forces the names in a folder to the disk. */
  syncFolder(folder: FolderNode): void {
    if (this.#isLied()) return;
    for (const change of this.#changes) {
      if (change.folder === folder || change.toFolder === folder) this.#keep(change);
    }
  }

  /** The power fails and comes back: programs see what was durable, and some of the rest. */
  cutPower(): void {
    const isJournal = this.#random.fraction() < 0.5;
    const unsynced = this.#changes.filter(({ isSynced }) => !isSynced).length;
    let left = isJournal ? Math.floor(this.#random.fraction() * (unsynced + 1)) : unsynced;
    for (const change of this.#changes) {
      if (change.isSynced) continue;
      const isKept = isJournal ? left-- > 0 : this.#random.fraction() < 0.5;
      if (isKept) this.#keep(change);
    }
    const names = new Map(this.#durableNames);
    for (const change of this.#changes) if (change.isSynced) replay(names, change);
    this.#changes = [];
    this.#durableNames = names;
    this.#show(this.root, new Set());
  }

  /** What is kept needs what made its folder and what made itself. */
  #keep(change: NameChange): void {
    if (change.isSynced) return;
    change.isSynced = true;
    const needed = new Set<Node>([change.node, change.folder]);
    if (change.toFolder) needed.add(change.toFolder);
    for (const earlier of this.#changes) {
      if (earlier === change) break;
      // A folder that is gone was empty before, on every file system.
      const isEmptying = change.kind === 'unlink' && earlier.folder === change.node;
      if (!earlier.isSynced && (needed.has(earlier.node) || isEmptying)) this.#keep(earlier);
    }
  }

  #isLied(): boolean {
    if (this.isLying) this.liedSyncs++;
    return this.isLying;
  }

  #change(change: NameChange): void {
    applyName((folder) => folder.entries, change);
    this.#changes.push(change);
    if (this.#changes.length > 2_000) this.#compact();
  }

  /** The oldest changes are in the journal for good: the kernel writes it back every few seconds. */
  #compact(): void {
    const names = new Map(this.#durableNames);
    for (const change of this.#changes.splice(0, 1_000)) replay(names, change);
    this.#durableNames = names;
  }

  #show(folder: FolderNode, seen: Set<Node>): void {
    folder.entries.clear();
    for (const [name, node] of this.#durableNames.get(folder) ?? []) {
      folder.entries.set(name, node);
      if (seen.has(node)) continue;
      seen.add(node);
      if (node.kind === 'folder') this.#show(node, seen);
      else this.#forgetUnsynced(node);
    }
  }

  #forgetUnsynced(node: FileNode): void {
    let bytes = node.durable;
    for (const write of node.pending) {
      const chance = this.#random.fraction();
      if (chance < 0.4) bytes = applied(bytes, write);
      else if (chance < 0.6 && write.bytes) {
        const torn = write.bytes.subarray(
          0,
          Math.floor(this.#random.fraction() * write.bytes.length),
        );
        bytes = applied(bytes, { ...write, bytes: torn });
      }
    }
    node.pending = [];
    node.durable = bytes;
    node.live = bytes;
  }

  #place(path: string, call: string): { folder: FolderNode; name: string } {
    const at = path.lastIndexOf('/');
    return { folder: this.folder(path.slice(0, at), call), name: path.slice(at + 1) };
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function replay(names: Map<FolderNode, Map<string, Node>>, change: NameChange): void {
  applyName((folder) => {
    // A copy for each replay: the map of an earlier power cut must not change.
    const entries = new Map(names.get(folder) ?? []);
    names.set(folder, entries);
    return entries;
  }, change);
}

function applyName(
  entriesOf: (folder: FolderNode) => Map<string, Node>,
  { kind, node, folder, name, toFolder, toName }: NameChange,
): void {
  const entries = entriesOf(folder);
  if (kind === 'link') entries.set(name, node);
  // A name that stands for another node by now was replaced by a change that was kept.
  else if (entries.get(name) === node) entries.delete(name);
  if (kind === 'rename') entriesOf(toFolder!).set(toName!, node);
}

function applied(bytes: Buffer, write: PendingWrite): Buffer {
  return write.bytes === undefined
    ? cutTo(bytes, write.position)
    : written(bytes, write.bytes, write.position);
}

function written(bytes: Buffer, added: Uint8Array, position: number): Buffer {
  const end = position + added.length;
  if (position === bytes.length) return Buffer.concat([bytes, added]);
  const next = Buffer.alloc(Math.max(end, bytes.length));
  next.set(bytes);
  next.set(added, position);
  return next;
}

function cutTo(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.length) return bytes.subarray(0, length);
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}
