import { nodeLimits } from '../limits.js';
import type { FileSystem } from './file-system.js';

/** Where damaged files, and files that are none of ours, are kept for an expert's eye. */
export class Quarantine {
  readonly #fileSystem: FileSystem;
  readonly #path: string;

  constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
  }

  /** Moves a file there; false if there is no room for it, and it stays where it is. Rejects with
   *  the file system's error. */
  async keep(path: string, name: string): Promise<boolean> {
    if (!(await this.#hasRoom())) return false;
    this.#fileSystem.makeFolder(this.#path);
    this.#fileSystem.move(path, `${this.#path}/${name}`);
    return true;
  }

  async #hasRoom(): Promise<boolean> {
    if (this.#fileSystem.sizeOf(this.#path) === undefined) return true;
    const names = await this.#fileSystem.list(this.#path);
    const sizes = names.map((name) => this.#fileSystem.sizeOf(`${this.#path}/${name}`));
    const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    return bytes < nodeLimits.maxQuarantineBytes;
  }
}
