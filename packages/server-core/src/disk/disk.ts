/**
 * The few calls that durable state makes to the file system, so that tests can let each of them
 * fail and a simulator can put a model in its place. All reject with Node's errors: `code` is the
 * errno's name. Nothing is durable before it was synced: a file's bytes by `datasync`, its name by
 * `syncFolder` of the folder that holds it.
 */
export interface Disk {
  /** Makes a folder and those above it; resolves with the topmost that was new, if one was. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Makes a new file for writing. Rejects with EEXIST if there is one. */
  create(path: string): Promise<DiskFile>;
  /** Opens a file for reading and syncing. Rejects with ENOENT if there is none. */
  open(path: string): Promise<DiskFile>;
  /** The whole file; undefined if there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** What is directly in a folder, in no order. */
  list(folder: string): Promise<readonly DiskEntry[]>;
  /** Undefined if there is no such file. */
  stat(path: string): Promise<DiskStat | undefined>;
  /** Sets when a file was changed. */
  touch(path: string, modifiedMs: number): Promise<void>;
  /** Cuts a file to so many bytes. */
  truncate(path: string, bytes: number): Promise<void>;
  /** Replaces `to` in one step if it is there. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. Rejects with EEXIST if that is taken. */
  link(from: string, to: string): Promise<void>;
  /** Deletes a file; no error if it is gone already. */
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

/** An open file. */
export interface DiskFile {
  /** Adds all bytes to the end of a new file. If it rejects, a part of them may be there. */
  write(bytes: Uint8Array): Promise<void>;
  /** Reads from a position; resolves with the number of bytes read, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Makes the file's bytes durable, whoever wrote them. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface DiskEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

export interface DiskStat {
  readonly bytes: number;
  readonly modifiedMs: number;
}
