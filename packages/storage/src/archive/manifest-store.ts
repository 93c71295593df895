import { join } from 'node:path';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { replaceFile } from '@holdfast/server-core/disk/durable-file';
import { encodeManifest, type Manifest, parseManifest } from './manifest.js';

/**
 * The manifest on disk. Invariant: `manifest.json` is whole and durable at every moment, the one
 * before or the one after a swap.
 */
export class ManifestStore {
  readonly #path: string;
  readonly #disk: Disk;

  constructor(folder: string, disk: Disk) {
    this.#path = join(folder, 'manifest.json');
    this.#disk = disk;
  }

  get path(): string {
    return this.#path;
  }

  /** Undefined if there is none. Rejects if it is not as it was written. */
  async read(): Promise<Manifest | undefined> {
    const bytes = await this.#disk.readFile(this.#path);
    if (bytes === undefined) return undefined;
    try {
      return parseManifest(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw new Error(`${this.#path} cannot be read; restore it from a backup`, { cause });
    }
  }

  async replace(next: Manifest): Promise<void> {
    await replaceFile(this.#disk, this.#path, encodeManifest(next));
  }
}
