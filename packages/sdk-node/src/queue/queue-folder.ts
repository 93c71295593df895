import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/** A folder of segments: a client's own one, or one that it adopted. */
export class QueueFolder {
  readonly path: string;
  /** Its segments that are not deleted yet. */
  segmentCount = 0;
  /** All that it holds is known: it goes with its last segment. Never set for one's own folder. */
  isRemovable = false;
  #lastNumber = 0;
  readonly #unsyncedFolders = new Set<string>();

  /** `firstMade`: it and all folders between it and this one were made just now. */
  constructor(path: string, firstMade?: string) {
    this.path = path;
    for (let made = path; firstMade?.length && made.length >= firstMade.length; ) {
      made = dirname(made);
      this.#unsyncedFolders.add(made);
    }
  }

  /** A number for a new segment, never given twice. */
  nextNumber(): number {
    this.#unsyncedFolders.add(this.path);
    return ++this.#lastNumber;
  }

  /** Forces the entries of new segments to the disk, and at first the folder's own entry. */
  async sync(fileSystem: FileSystem): Promise<void> {
    const paths = [...this.#unsyncedFolders];
    this.#unsyncedFolders.clear();
    try {
      await Promise.all(paths.map((path) => fileSystem.syncFolder(path)));
    } catch (error) {
      for (const path of paths) this.#unsyncedFolders.add(path);
      throw error;
    }
  }
}
