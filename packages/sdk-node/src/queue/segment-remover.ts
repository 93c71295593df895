import { basename } from 'node:path';
import { errnoOf, type FileSystem } from './file-system.js';
import { sortContents } from './folder-loader.js';
import type { Quarantine } from './quarantine.js';
import type { QueueFolder, Segment } from './segment.js';

/** Takes settled segments off the disk, in the background: deleting can take milliseconds. */
export class SegmentRemover {
  readonly #fileSystem: FileSystem;
  readonly #quarantine: Quarantine;
  readonly #underWay = new Set<Promise<void>>();

  constructor(fileSystem: FileSystem, quarantine: Quarantine) {
    this.#fileSystem = fileSystem;
    this.#quarantine = quarantine;
  }

  /** Deletes a segment of which nothing is wanted any more, or keeps a damaged one aside. */
  removeLater(segment: Segment): void {
    this.#track(this.#removeOrKeep(segment).catch(leaveToNextOwner));
  }

  /** Deletes a segment whatever it holds. Rejects with the file system's error. */
  async remove(segment: Segment): Promise<void> {
    // The segment first: an ack file without a segment is harmless, the other way round all
    // records would come back.
    await this.#unlink(segment.path);
    await this.#unlink(segment.ackPath);
    segment.folder.segmentCount--;
    await this.removeIfDone(segment.folder);
  }

  /** Deletes an adopted folder if none of its segments is left. */
  async removeIfDone(folder: QueueFolder): Promise<void> {
    if (!folder.isRemovable || folder.segmentCount > 0) return;
    await this.removeFolder(folder.path).catch(leaveToNextOwner);
  }

  /** Deletes a folder that holds no segment; leaves it alone if it holds one after all. */
  async removeFolder(path: string): Promise<void> {
    const names = await this.#fileSystem.list(path);
    const { segments, nested, leftovers, foreign } = sortContents(names);
    if (segments.length + nested.length > 0) return;
    for (const name of leftovers) await this.#unlink(`${path}/${name}`);
    for (const name of foreign) {
      await this.#quarantine.keep(`${path}/${name}`, `${basename(path)}-${name}`);
    }
    await this.#fileSystem.removeFolder(path);
  }

  /** The same, in the background. */
  removeFolderLater(path: string): void {
    this.#track(this.removeFolder(path).catch(leaveToNextOwner));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #removeOrKeep(segment: Segment): Promise<void> {
    if (segment.isDamaged) {
      const name = `${basename(segment.folder.path)}-${segment.fileName}`;
      await this.#quarantine.keep(segment.path, name);
    }
    await this.remove(segment);
  }

  async #unlink(path: string): Promise<void> {
    try {
      await this.#fileSystem.remove(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }
}

/** What could not be deleted is settled in its ack file: the next owner tries again. */
function leaveToNextOwner(): void {}
