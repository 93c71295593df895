/**
 * Takes over the folders of dead owners: looks for them, moves each into the own folder in one
 * step, which only one of several racing adopters can do, and learns what they hold. Folders that
 * the dead owner had adopted itself are moved up, so that folders never nest deeper and deeper.
 */
import type { Clock } from '@holdfast/sdk-core/ports';
import { nodeLimits } from '../limits.js';
import { errnoOf, type FileSystem } from './file-system.js';
import {
  isQueueFolderName,
  type LoadedSegment,
  loadSegment,
  orphanAcks,
  sortContents,
} from './folder-loader.js';
import { type OwnerWatch, readOwner } from './owner-file.js';
import { QueueFolder } from './segment.js';
import type { SegmentName } from './segment-format.js';

export interface AdopterParts {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly watch: OwnerWatch;
  /** Where the folders of all clients of the write key are. */
  readonly rootPath: string;
  /** The adopter's own folder. */
  readonly homePath: string;
  readonly onLoaded: (loaded: LoadedSegment) => void;
  /** All segments of a folder are known. */
  readonly onFolderLoaded: (folder: QueueFolder) => void;
}

interface Unloaded {
  readonly folder: QueueFolder;
  readonly loadedIds: Set<string>;
}

export class Adopter {
  readonly #parts: AdopterParts;
  #unloaded: Unloaded[] = [];
  #scan: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: AdopterParts) {
    this.#parts = parts;
  }

  /** Whether folders are adopted whose segments could not be read yet. */
  get hasUnloaded(): boolean {
    return this.#unloaded.length > 0;
  }

  /** Looks once for dead owners and takes over what they left. Never rejects. */
  scan(): Promise<void> {
    this.#scan ??= this.#scanOnce()
      .catch(tryAgainLater)
      .finally(() => {
        this.#scan = undefined;
      });
    return this.#scan;
  }

  /** Ends it; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#scan;
  }

  async #scanOnce(): Promise<void> {
    const { fileSystem, rootPath, homePath, watch } = this.#parts;
    const all = (await fileSystem.list(rootPath)).filter(isQueueFolderName);
    watch.keepOnly(new Set(all));
    let adoptedCount = 0;
    for (const name of all) {
      const path = `${rootPath}/${name}`;
      if (this.#isClosed || adoptedCount >= nodeLimits.maxAdoptionsPerScan) break;
      if (path === homePath) continue;
      if (!this.#isDead(path, name)) continue;
      if (this.#adopt(path, name)) adoptedCount++;
    }
    await this.#loadAll();
  }

  #isDead(path: string, name: string): boolean {
    const { fileSystem, watch, clock } = this.#parts;
    try {
      return watch.isDead(name, readOwner(fileSystem, path), clock.monotonicMs());
    } catch {
      // No descriptor to ask with: the next look will tell.
      return false;
    }
  }

  #adopt(path: string, name: string): boolean {
    const { fileSystem, homePath } = this.#parts;
    const target = `${homePath}/${name}`;
    try {
      fileSystem.move(path, target);
    } catch {
      // Another adopter was faster, or this is not possible now: the next look will tell.
      return false;
    }
    this.#unloaded.push({ folder: new QueueFolder(target), loadedIds: new Set() });
    return true;
  }

  async #loadAll(): Promise<void> {
    const failed: Unloaded[] = [];
    // The list grows while it is worked on, by nested folders.
    for (let next = this.#unloaded.shift(); next; next = this.#unloaded.shift()) {
      if (!this.#isClosed && (await this.#load(next))) this.#parts.onFolderLoaded(next.folder);
      else failed.push(next);
    }
    this.#unloaded = failed;
  }

  /** False if something could not be read now; what could be is taken. */
  async #load({ folder, loadedIds }: Unloaded): Promise<boolean> {
    const { fileSystem } = this.#parts;
    let names: string[];
    try {
      names = await fileSystem.list(folder.path);
    } catch (error) {
      // Somebody deleted it: there is nothing left to load.
      return errnoOf(error) === 'ENOENT';
    }
    const { segments, nested } = sortContents(names);
    let isComplete = true;
    for (const name of nested) {
      if (!this.#adopt(`${folder.path}/${name}`, name)) isComplete = false;
    }
    for (const name of orphanAcks(names)) {
      await fileSystem.remove(`${folder.path}/${name}`).catch(tryAgainLater);
    }
    for (const name of segments.filter(({ id }) => !loadedIds.has(id))) {
      if (await this.#loadSegment(folder, name)) loadedIds.add(name.id);
      else isComplete = false;
    }
    folder.isRemovable = isComplete;
    return isComplete;
  }

  async #loadSegment(folder: QueueFolder, name: SegmentName): Promise<boolean> {
    try {
      const loaded = await loadSegment(this.#parts.fileSystem, folder, name);
      if (this.#isClosed) return false;
      folder.segmentCount++;
      this.#parts.onLoaded(loaded);
      return true;
    } catch {
      // No descriptor, a bad sector: the others must not wait, the next look tries again.
      return false;
    }
  }
}

/** The call failed for now; the next look tries again. */
function tryAgainLater(): void {}
