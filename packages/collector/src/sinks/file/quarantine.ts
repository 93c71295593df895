/**
 * Copies of what could not be read, for a person to look at.
 *
 * Invariants: a copy is there whole or not at all, and durable when `keep` resolves. There are at
 * most `maxQuarantineBytes` of them; what comes then is not copied, and said to be so.
 */
import { join } from 'node:path';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { replaceFile } from '@holdfast/server-core/disk/durable-file';
import { fileSinkLimits } from '../../limits.js';

/** Where the copy is; `isKnown`: an earlier start has made it; absent `copy`: there was no room. */
export interface KeptCopy {
  readonly isKnown: boolean;
  readonly copy?: string;
}

export class Quarantine {
  readonly #disk: Disk;
  readonly #folder: string;
  #heldBytes: number | undefined;

  /** The folder exists. */
  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  async keep(name: string, bytes: Uint8Array): Promise<KeptCopy> {
    const copy = join(this.#folder, name);
    if ((await this.#disk.stat(copy)) !== undefined) return { isKnown: true, copy };
    this.#heldBytes ??= await this.#countBytes();
    const heldBytes = this.#heldBytes + bytes.length;
    if (heldBytes > fileSinkLimits.maxQuarantineBytes) return { isKnown: false };
    await replaceFile(this.#disk, copy, bytes);
    this.#heldBytes = heldBytes;
    return { isKnown: false, copy };
  }

  async #countBytes(): Promise<number> {
    let bytes = 0;
    for (const { name } of await this.#disk.list(this.#folder)) {
      bytes += (await this.#disk.stat(join(this.#folder, name)))?.bytes ?? 0;
    }
    return bytes;
  }
}
