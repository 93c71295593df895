import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './sync-folder.js';

/** A segment that is being written: {@link SegmentWriter}, or a test's on a failing disk. */
export interface OpenSegment {
  readonly name: string;
  readonly path: string;
  /** On the monotonic clock. */
  readonly createdAtMs: number;
  /** Written and synced: whatever stands behind was never confirmed to anybody. */
  readonly durableBytes: number;
  /** Resolves when all of `bytes` is durable; if it rejects, the segment must not be used again. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export type CreateSegment = (
  folder: string,
  name: string,
  createdAtMs: number,
) => Promise<OpenSegment>;

/**
 * One segment that is being written.
 *
 * Invariant: after a failed write or fdatasync the descriptor is never used again. The kernel may
 * have dropped the pages and call the next sync a success, so that data reads back and is gone
 * after a remount. The caller gives the segment up; `durableBytes` says how much of it counts.
 */
export class SegmentWriter implements OpenSegment {
  readonly name: string;
  readonly path: string;
  readonly createdAtMs: number;
  durableBytes = 0;
  readonly #handle: FileHandle;

  private constructor(name: string, path: string, createdAtMs: number, handle: FileHandle) {
    this.name = name;
    this.path = path;
    this.createdAtMs = createdAtMs;
    this.#handle = handle;
  }

  /** Makes the file; its name is durable when this resolves. */
  static async create(folder: string, name: string, createdAtMs: number): Promise<SegmentWriter> {
    const path = join(folder, name);
    const writer = new SegmentWriter(name, path, createdAtMs, await open(path, 'wx'));
    try {
      await syncFolder(folder);
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written);
      written += bytesWritten;
    }
    await this.#handle.datasync();
    this.durableBytes += bytes.length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
