import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../processes/until.js';
import type { MountSpace } from './mount-space.js';

export const diskKinds = ['ext4', 'xfs'] as const;
export type DiskKind = (typeof diskKinds)[number];

/** Sparse files. xfs is not made smaller than 300 MB. */
const imageBytes: Readonly<Record<DiskKind, number>> = { ext4: 64_000_000, xfs: 330_000_000 };
const unmountMs = 20_000;

/** A file system on a file, whose power can be cut. */
export class LoopDisk {
  /** Where it is mounted, for all processes. */
  readonly path: string;
  readonly #space: MountSpace;
  readonly #image: string;
  /** Where it is mounted, inside the namespace. */
  readonly mountPoint: string;

  private constructor(space: MountSpace, folder: string) {
    this.#space = space;
    this.#image = join(folder, 'image');
    this.mountPoint = join(folder, 'mount');
    this.path = space.seen(this.mountPoint);
  }

  /** Makes an empty one in a new folder, mounted. */
  static async make(
    space: MountSpace,
    kind: DiskKind,
    folder: string,
    bytes = imageBytes[kind],
  ): Promise<LoopDisk> {
    const disk = new LoopDisk(space, folder);
    mkdirSync(disk.mountPoint, { recursive: true });
    writeFileSync(disk.#image, '');
    truncateSync(disk.#image, bytes);
    await space.run(`mkfs.${kind}`, '-q', disk.#image);
    await disk.#mount();
    return disk;
  }

  /**
   * Cuts the power: what is not on the disk now is gone, and every call fails until it is mounted
   * again. `isLogFlushed`: the cut comes just after the file system has written its journal, so
   * names and sizes are there, and data that nobody synced is not.
   */
  async cut(isLogFlushed: boolean): Promise<void> {
    const command = isLogFlushed ? 'shutdown -f' : 'shutdown';
    await this.#space.run('xfs_io', '-x', '-c', command, this.mountPoint);
  }

  /** Mounts it anew; the file system replays its journal. Nobody may have a file open. */
  async remount(): Promise<void> {
    await this.#unmount();
    await this.#mount();
  }

  async remove(): Promise<void> {
    await this.#unmount();
    rmSync(this.#image);
  }

  async #mount(): Promise<void> {
    await this.#space.run('mount', '-o', 'loop', this.#image, this.mountPoint);
  }

  /** Those that were killed just now may have it open for a moment longer. */
  async #unmount(): Promise<void> {
    await until('the disk is unmounted', unmountMs, () =>
      this.#space.run('umount', this.mountPoint).then(
        () => true,
        () => false,
      ),
    );
  }
}
