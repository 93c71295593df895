import {
  type Priority,
  type ProcessIdentity,
  type ProcessTable,
  priorities,
} from '@holdfast/protocol';
import type { Clock, QueueRecord, Random } from '@holdfast/sdk-core/ports';
import { v4 } from 'uuid';
import { nodeLimits } from '../limits.js';
import { Adopter } from './adopter.js';
import type { FileSystem } from './file-system.js';
import { isQueueFolderName, type LoadedSegment } from './folder-loader.js';
import { abandon } from './group-sync.js';
import { OwnerWatch, writeOwner } from './owner-file.js';
import { QueueFolder, type Segment } from './segment.js';
import type { SegmentRemover } from './segment-remover.js';
import { type Extent, SegmentWriter, type SegmentWriterParts } from './segment-writer.js';

export interface HomeKeeperParts {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: ProcessTable;
  readonly remover: SegmentRemover;
  readonly rootPath: string;
  /** Names the first folder, if it is a UUID; the others have new ones. */
  readonly queueId: string;
  readonly segmentBytes: number;
  readonly onOpened: (segment: Segment) => void;
  readonly onFinal: (segment: Segment) => void;
  readonly onLoaded: (loaded: LoadedSegment) => void;
  /** All of an adopted folder is known. */
  readonly onArrival: () => void;
  /** The folder is gone, adopted by another or deleted: what was in it is to be written anew. */
  readonly onGone: () => void;
}

/**
 * Keeps a client's own folder: makes it, shows others that the owner lives, adopts the folders of
 * dead owners into it, and leaves it when it is gone.
 */
export class HomeKeeper {
  readonly #parts: HomeKeeperParts;
  readonly #watch: OwnerWatch;
  /** Undefined while the disk does not let us make one; each append tries again. */
  #home: QueueHome | undefined;
  #adopter: Adopter | undefined;
  #homeCount = 0;
  #cancelHeartbeat: () => void = () => {};
  #isEnded = false;

  constructor(parts: HomeKeeperParts) {
    this.#parts = parts;
    this.#watch = new OwnerWatch(parts.processes);
  }

  /** Beats, and looks for dead owners, from now on. */
  start(): void {
    this.#scheduleHeartbeat();
    void this.adopt();
  }

  /** The folder, made if there is none. Throws the file system's error if it cannot be. */
  open(): QueueHome {
    this.#home ??= this.#make();
    return this.#home;
  }

  get current(): QueueHome | undefined {
    return this.#home;
  }

  /** If the folder is gone, leaves it and says so; true then. */
  leaveIfGone(): boolean {
    if (!this.#home || this.#home.isPresent()) return false;
    this.#home.retire();
    this.#home = undefined;
    void this.#adopter?.close();
    this.#adopter = undefined;
    this.#parts.onGone();
    return true;
  }

  /** Looks for folders of dead owners now; resolves when what they left is in this queue. */
  async adopt(): Promise<void> {
    await this.#adopter?.scan();
  }

  /** Lets the next process adopt the folder at once. Synchronous. */
  release(): void {
    this.#isEnded = true;
    this.#cancelHeartbeat();
    this.#beat(true);
  }

  /** Ends beating and adopting; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    this.#cancelHeartbeat();
    await this.#adopter?.close();
  }

  /** Releases the folder, and deletes it if nothing is left in it. */
  async leave(isEmpty: boolean): Promise<void> {
    this.#beat(true);
    if (!this.#home || !isEmpty || this.#adopter?.hasUnloaded) return;
    await this.#parts.remover.removeFolder(this.#home.folder.path).catch(leaveToNextOwner);
  }

  #make(): QueueHome {
    const { fileSystem, random, segmentBytes, processes, rootPath, queueId } = this.#parts;
    const { onOpened, onFinal, remover } = this.#parts;
    const isFirst = this.#homeCount++ === 0 && isQueueFolderName(queueId);
    const instanceId = isFirst ? queueId : v4({ random: random.bytes(16) });
    const parts = { fileSystem, random, segmentBytes, identity: processes.self };
    try {
      const home = new QueueHome({ ...parts, onOpened, onFinal }, rootPath, instanceId);
      this.#adopter = this.#makeAdopter(home.folder.path);
      return home;
    } catch (error) {
      // A full disk may take the folder and not the file in it; each attempt would leave one.
      remover.removeFolderLater(`${rootPath}/${instanceId}`);
      throw error;
    }
  }

  #makeAdopter(homePath: string): Adopter {
    const { fileSystem, clock, rootPath, remover, onLoaded, onArrival } = this.#parts;
    return new Adopter({
      ...{ fileSystem, clock, rootPath, homePath, onLoaded },
      watch: this.#watch,
      onFolderLoaded: (folder) => {
        void remover.removeIfDone(folder);
        onArrival();
      },
    });
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#parts.clock.schedule(nodeLimits.heartbeatMs, () => {
      if (this.#isEnded) return;
      this.#scheduleHeartbeat();
      this.#beat(false);
      void this.adopt();
    });
  }

  #beat(isReleased: boolean): void {
    try {
      // One that could not be made at first is made now: what dead owners left must not wait for
      // this process to have something of its own.
      const home = isReleased ? this.#home : this.open();
      home?.beat(isReleased);
    } catch {
      // A full disk: the next beat tries again. It may keep others silent, too: that nobody's
      // counter rises tells nothing now.
      this.#watch.keepOnly(new Set());
      if (!isReleased) this.leaveIfGone();
    }
  }
}

/** The folder is marked as released: the next client adopts it, and deletes it then. */
function leaveToNextOwner(): void {}

interface QueueHomeParts extends SegmentWriterParts {
  readonly identity: ProcessIdentity;
}

/** A client's own folder: its owner file, and the writers of its segments. */
class QueueHome {
  readonly folder: QueueFolder;
  readonly #parts: QueueHomeParts;
  readonly #instanceId: string;
  readonly #writers: Record<Priority, SegmentWriter>;
  #counter = 0;

  /** Creates the folder. Throws the file system's error if it cannot. */
  constructor(parts: QueueHomeParts, rootPath: string, instanceId: string) {
    this.#parts = parts;
    this.#instanceId = instanceId;
    const path = `${rootPath}/${instanceId}`;
    this.folder = new QueueFolder(path, parts.fileSystem.makeFolder(path));
    this.beat();
    const writer = (priority: Priority) => new SegmentWriter(parts, this.folder, priority);
    this.#writers = {
      critical: writer('critical'),
      normal: writer('normal'),
      low: writer('low'),
    };
  }

  /** Whether the folder is still where it was made: nobody adopted or deleted it. */
  isPresent(): boolean {
    try {
      return this.#parts.fileSystem.sizeOf(this.folder.path) !== undefined;
    } catch {
      // Unreadable is not gone: what is written there stays ours.
      return true;
    }
  }

  /** Shows others that the owner lives. Throws the file system's error. */
  beat(isReleased = false): void {
    const { identity, fileSystem } = this.#parts;
    const counter = ++this.#counter;
    const instanceId = this.#instanceId;
    const record = { version: 1, ...identity, instanceId, counter, isReleased } as const;
    writeOwner(fileSystem, this.folder.path, record);
  }

  /**
   * Writes records in order, each priority into its own segment. Throws the file system's error if
   * any cannot be written; all of them are abandoned then.
   */
  write(records: readonly QueueRecord[]): Extent[] {
    const extents: Extent[] = [];
    const first = records[0]?.priority;
    const isUniform = records.every(({ priority }) => priority === first);
    try {
      for (const priority of isUniform && first ? [first] : priorities) {
        const own = isUniform ? records : records.filter((r) => r.priority === priority);
        this.#writers[priority].write(own, extents);
      }
      return extents;
    } catch (error) {
      abandon(extents);
      throw error;
    }
  }

  /** Ends the segments that are being written. */
  retire(): void {
    for (const priority of priorities) this.#writers[priority].retire();
  }

  writerOf(priority: Priority): SegmentWriter {
    return this.#writers[priority];
  }
}
