import { type Priority, type ProcessIdentity, priorities } from '@holdfast/protocol';
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import { abandon } from './group-sync.js';
import type { Extent } from './open-segment.js';
import { writeOwner } from './owner-file.js';
import { QueueFolder } from './queue-folder.js';
import { SegmentWriter, type SegmentWriterParts } from './segment-writer.js';

export interface QueueHomeParts extends SegmentWriterParts {
  readonly identity: ProcessIdentity;
}

/** A client's own folder: its owner file, and the writers of its segments. */
export class QueueHome {
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
