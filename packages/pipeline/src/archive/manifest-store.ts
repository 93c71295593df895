import { join } from 'node:path';
import type { ArchiveFiles } from './archive-files.js';
import { emptyManifest, type Manifest, parseManifest } from './manifest.js';

const name = 'manifest.json';
const temporaryName = 'manifest.tmp';

/**
 * The manifest on disk. Invariant: `manifest.json` is whole and durable at every moment, the one
 * before or the one after a swap: the next one is written beside it, synced, renamed over it, and
 * the folder is synced.
 */
export class ManifestStore {
  readonly #folder: string;
  readonly #files: ArchiveFiles;

  constructor(folder: string, files: ArchiveFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  async read(): Promise<Manifest> {
    const path = join(this.#folder, name);
    const text = await this.#files.readText(path);
    if (text === undefined) return emptyManifest;
    try {
      return parseManifest(text);
    } catch (cause) {
      throw new Error(`${path} cannot be read; restore it from a backup`, { cause });
    }
  }

  async replace(next: Manifest): Promise<void> {
    const temporary = join(this.#folder, temporaryName);
    await this.#files.writeText(temporary, `${JSON.stringify(next)}\n`);
    await this.#files.rename(temporary, join(this.#folder, name));
    await this.#files.syncFolder(this.#folder);
  }
}
