import { join } from 'node:path';
import type { Disk, DiskFile } from '@holdfast/server-core/disk/disk';

/**
 * One segment that is being written.
 *
 * Invariant: after a failed write or fdatasync the descriptor is never used again. The kernel may
 * have dropped the pages and call the next sync a success, so that data reads back and is gone
 * after a remount. The caller gives the segment up; `durableBytes` says how much of it counts.
 */
export class SegmentWriter {
  readonly name: string;
  readonly path: string;
  /** On the monotonic clock. */
  readonly createdAtMs: number;
  /** Written and synced: whatever stands behind was never confirmed to anybody. */
  durableBytes = 0;
  readonly #file: DiskFile;

  private constructor(name: string, path: string, createdAtMs: number, file: DiskFile) {
    this.name = name;
    this.path = path;
    this.createdAtMs = createdAtMs;
    this.#file = file;
  }

  /** Makes the file; its name is durable when this resolves. */
  static async create(
    disk: Disk,
    folder: string,
    name: string,
    createdAtMs: number,
  ): Promise<SegmentWriter> {
    const path = join(folder, name);
    const writer = new SegmentWriter(name, path, createdAtMs, await disk.create(path));
    try {
      await disk.syncFolder(folder);
      return writer;
    } catch (error) {
      await writer.close();
      await disk.remove(path);
      throw error;
    }
  }

  /** Resolves when all of `bytes` is durable; if it rejects, the segment must not be used again. */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes);
    await this.#file.datasync();
    this.durableBytes += bytes.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
