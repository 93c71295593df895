/**
 * The durable queue on disk.
 *
 * ```
 * queueDir/<hash of the write key>/
 *   <uuid>/                   the folder of one client instance, in which only it writes
 *     owner                   who that is, and that it lives: see owner-file.ts
 *     <segment>.seg, .ack     records and their endings: see segment-format.ts and ack-format.ts
 *     <uuid>/                 an adopted folder of a dead owner
 *   state                     what delivery remembers, as text in JSON with its checksum
 *   dead-letters*.ndjson      see dead-letter-file.ts
 *   quarantine/               damaged segments, after all that can be read of them is delivered,
 *                             and files that are none of ours
 * ```
 *
 * Invariants:
 * - A record is published, and so may be leased, once it is stored at the durability in force. What
 *   a failed append may have left in a file is never published: it still belongs to the caller.
 * - A file is deleted only when each of its records is settled.
 * - Nobody takes a folder from a process that is known to live. If it happens to a process that
 *   only seemed dead, it finds its folder gone after its next write at the latest, and goes on in a
 *   new one, with all that it holds in memory. What the folder held, the adopter sends.
 *
 * Memory: a bit for each record, a few bytes for each segment and each run of numbers in it; what
 * is leased; and for each priority the tail of what was stored, or what was read back of one own
 * segment, and of one adopted one. Limits: limits.ts.
 */
import { type Priority, type ProcessTable, priorities } from '@holdfast/protocol';
import { AnalyticsError } from '@holdfast/sdk-core/errors';
import { sumOf } from '@holdfast/sdk-core/leases';
import type {
  Clock,
  DeadLetter,
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  Random,
  SettledRecord,
  StoreUsage,
} from '@holdfast/sdk-core/ports';
import { v4 } from 'uuid';
import { nodeLimits } from '../limits.js';
import { endingCodes } from './ack-format.js';
import { AdoptedRecords } from './adopted-records.js';
import { readChecked, replaceChecked } from './checked-file.js';
import { DeadLetterFile, recordOf } from './dead-letter-file.js';
import { errnoOf, type FileSystem, mayPass, storageError } from './file-system.js';
import { abandon, GroupSync } from './group-sync.js';
import { HeldRecord } from './held-record.js';
import { HomeKeeper } from './home-keeper.js';
import { nodeFileSystem } from './node-file-system.js';
import { systemProcesses } from './owner-file.js';
import { Quarantine } from './quarantine.js';
import { QueueSection, type SettledPlace } from './queue-section.js';
import type { Segment } from './segment.js';
import { isStorable } from './segment-format.js';
import { SegmentRemover } from './segment-remover.js';
import type { Extent } from './segment-writer.js';
import type { QueueSeqs } from './seq-runs.js';

export interface FileEventStoreOptions {
  /** The folder of one write key: see {@link queueRootPath}. */
  readonly rootPath: string;
  /** A UUID; names the client's own folder. */
  readonly queueId: string;
  readonly durability: Exclude<Durability, 'memory'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes at which a segment is sealed; default `nodeLimits.segmentBytes`. */
  readonly segmentBytes?: number;
  /** Bytes of stored events of a priority that are kept in memory; default `maxTailBytes`. */
  readonly tailBytes?: number;
  /** Default: the real one. */
  readonly fileSystem?: FileSystem;
  /** Default: read from /proc. */
  readonly processes?: ProcessTable;
}

/** Told how many records cannot be read back, and the numbers of those of which they are known. */
export type CorruptionListener = (count: number, known: readonly QueueSeqs[]) => void;

interface SavedState {
  readonly state: string;
}

/** How often in one append a new folder is made for one that is gone. */
const maxMovesPerAppend = 3;

export class FileEventStore implements EventStore {
  readonly durability: Durability;
  readonly #options: FileEventStoreOptions;
  readonly #fileSystem: FileSystem;
  readonly #keeper: HomeKeeper;
  readonly #sections: Readonly<Record<Priority, QueueSection>>;
  readonly #remover: SegmentRemover;
  readonly #groupSync: GroupSync;
  readonly #deadLetters: DeadLetterFile;
  readonly #arrivalListeners: (() => void)[] = [];
  readonly #corruptListeners: CorruptionListener[] = [];
  #onDeadLetterLost: (record: LeasedRecord, reason: string) => void = () => {};
  readonly adopted: AdoptedRecords;
  /** Leases, purge and close, one after the other. */
  #lastExclusive: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Makes the client's folder. Throws `storage_unavailable` if that can never work here. */
  constructor(options: FileEventStoreOptions) {
    const { fileSystem = nodeFileSystem, rootPath, durability } = options;
    const { tailBytes = nodeLimits.maxTailBytes } = options;
    this.#options = options;
    this.durability = durability;
    this.#fileSystem = fileSystem;
    const quarantine = new Quarantine(fileSystem, `${rootPath}/quarantine`);
    this.#remover = new SegmentRemover(fileSystem, quarantine);
    this.#deadLetters = new DeadLetterFile(fileSystem, rootPath, quarantine);
    const section = () =>
      new QueueSection({
        ...{ fileSystem, tailBytes, remover: this.#remover },
        onUnreadable: (segment, error) => this.#unreadable(segment, error),
        onCorrupt: (count, known) => {
          for (const listener of this.#corruptListeners) listener(count, known);
        },
      });
    this.#sections = { critical: section(), normal: section(), low: section() };
    this.adopted = new AdoptedRecords(this.#allSections());
    this.#groupSync = new GroupSync(fileSystem, (extents) => this.#publish(extents));
    this.#keeper = this.#makeKeeper();
    try {
      this.#keeper.open();
    } catch (error) {
      if (!mayPass(error)) {
        const message = `the queue folder ${rootPath} cannot be used: ${errnoOf(error) || error}`;
        throw new AnalyticsError('storage_unavailable', message, error);
      }
    }
    this.#keeper.start();
  }

  append(records: readonly QueueRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    try {
      const extents = this.#write(records);
      if (this.durability === 'power') return this.#sync(records, extents);
      this.#publish(extents);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(storageError(error, 'events cannot be written to the queue'));
    }
  }

  /** Rejects with `storage_failed` if what is stored cannot be read now; nothing is lost then. */
  lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    return this.#exclusively(async () => {
      try {
        return await this.#sections[request.priority].lease(request);
      } catch (error) {
        throw storageError(error, 'events cannot be read from the queue');
      }
    });
  }

  release(records: readonly LeasedRecord[]): void {
    for (const { key } of records) {
      if (key instanceof HeldRecord) this.#sections[key.priority].release(key);
    }
  }

  settle(settled: readonly SettledRecord[]): Promise<void> {
    const places: SettledPlace[] = [];
    const rejected: SettledRecord[] = [];
    for (const item of settled) {
      const { key } = item.record;
      if (!(key instanceof HeldRecord) || key.state === 'gone') continue;
      places.push({ record: key, ending: endingCodes[item.ending.kind] });
      if (item.ending.kind === 'delivered') this.adopted.noteDelivered(key);
      if (item.ending.kind === 'rejected') rejected.push(item);
    }
    // Before the ending: a crash between the two makes a second dead letter rather than none.
    if (rejected.length > 0) this.#bury(rejected);
    for (const priority of priorities) {
      this.#sections[priority].settle(places.filter((place) => place.record.priority === priority));
    }
    this.adopted.check();
    return Promise.resolve();
  }

  usage(): StoreUsage {
    const { critical, normal, low } = this.#sections;
    return sumOf([critical.usage(), normal.usage(), low.usage()]);
  }

  waiting(priority: Priority): StoreUsage {
    return this.#sections[priority].waiting();
  }

  onArrival(listener: () => void): void {
    this.#arrivalListeners.push(listener);
  }

  /** Tells of records that cannot be read back (torn, damaged), once. */
  onCorrupt(listener: CorruptionListener): void {
    this.#corruptListeners.push(listener);
  }

  /** Tells of a refused event that could not be kept: `dead_letters_full` or `storage_failed`. */
  onDeadLetterLost(listener: (record: LeasedRecord, reason: string) => void): void {
    this.#onDeadLetterLost = listener;
  }

  /** The events that were refused for good, as far as they are kept. */
  deadLetters(): DeadLetter[] {
    try {
      return this.#deadLetters.read();
    } catch (error) {
      throw storageError(error, 'dead letters cannot be read');
    }
  }

  /** Puts them back into the queue; resolves with their number. If it rejects (`storage_full`,
   *  `storage_failed`), those that were not put back are kept. */
  async resendDeadLetters(): Promise<number> {
    const { clock, random } = this.#options;
    const claimId = v4({ random: random.bytes(16) });
    try {
      return await this.#deadLetters.drain(claimId, async (letters) => {
        await this.append(letters.map((letter) => recordOf(letter, clock.nowMs())));
        this.#arrived();
      });
    } catch (error) {
      throw storageError(error, 'dead letters cannot be sent again');
    }
  }

  async readState(): Promise<string | undefined> {
    try {
      const saved = readChecked(this.#fileSystem, this.#statePath) as SavedState | undefined;
      return saved?.state;
    } catch (error) {
      throw storageError(error, 'the state of delivery cannot be read');
    }
  }

  async writeState(state: string): Promise<void> {
    try {
      const home = this.#keeper.open();
      const saved: SavedState = { state };
      replaceChecked(this.#fileSystem, `${home.folder.path}/state.tmp`, this.#statePath, saved);
    } catch (error) {
      throw storageError(error, 'the state of delivery cannot be written');
    }
  }

  purge(): Promise<number> {
    return this.#exclusively(async () => {
      await this.adopt();
      await this.#groupSync.idle();
      const { events } = this.usage();
      this.#keeper.current?.retire();
      const segments = this.#allSections().flatMap((section) => section.clear());
      const removals = segments.map((segment) => this.#remover.remove(segment));
      const failed = (await Promise.allSettled(removals)).find((r) => r.status === 'rejected');
      await this.#remover.idle();
      this.adopted.check();
      if (failed) throw storageError(failed.reason, 'purged events cannot be deleted');
      return events;
    });
  }

  /** Looks for folders of dead owners now; resolves when what they left is in this queue. */
  adopt(): Promise<void> {
    return this.#keeper.adopt();
  }

  close(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.adopted.close();
      await this.#keeper.stop();
      await this.#groupSync.idle();
      this.#keeper.current?.retire();
      await this.#remover.idle();
      await this.#keeper.leave(this.#allSections().every((section) => section.isEmpty));
    });
  }

  /** The process ends now: lets the next one adopt the folder at once. Synchronous; what is
   *  appended afterwards is stored all the same. */
  releaseNow(): void {
    if (!this.#isClosed) this.#keeper.release();
  }

  #allSections(): QueueSection[] {
    return Object.values(this.#sections);
  }

  /** These are stored at the durability in force. */
  #publish(extents: readonly Extent[]): void {
    for (const extent of extents) this.#sections[extent.file.segment.priority].publish(extent);
  }

  get #statePath(): string {
    return `${this.#options.rootPath}/state`;
  }

  /** Writes to the own folder, and makes sure that it still was the own one afterwards. */
  #write(records: readonly QueueRecord[]): Extent[] {
    if (this.#isClosed) throw new AnalyticsError('storage_failed', 'the queue is closed');
    const unfit = records.find((record) => !isStorable(record));
    if (unfit) {
      throw new AnalyticsError('internal', `event ${unfit.eventId} is outside the queue's limits`);
    }
    for (let moves = 0; moves < maxMovesPerAppend; moves++) {
      const home = this.#keeper.open();
      try {
        const extents = home.write(records);
        if (!this.#keeper.leaveIfGone()) return extents;
        abandon(extents);
      } catch (error) {
        if (!this.#keeper.leaveIfGone()) throw error;
      }
    }
    throw new AnalyticsError('storage_failed', 'the queue folder disappears again and again');
  }

  async #sync(records: readonly QueueRecord[], extents: readonly Extent[]): Promise<void> {
    try {
      await this.#groupSync.add(records, extents);
    } catch (error) {
      throw storageError(error, 'events cannot be forced to the disk');
    }
  }

  #makeKeeper(): HomeKeeper {
    const { rootPath, queueId, random, clock, processes = systemProcesses() } = this.#options;
    const { segmentBytes = nodeLimits.segmentBytes } = this.#options;
    return new HomeKeeper({
      ...{ fileSystem: this.#fileSystem, remover: this.#remover },
      ...{ clock, random, processes, rootPath, queueId, segmentBytes },
      onOpened: (segment) => this.#sections[segment.priority].opened(segment),
      onFinal: (segment) => this.#sections[segment.priority].finishIfDone(segment),
      onLoaded: (loaded) => this.#sections[loaded.segment.priority].adopted(loaded),
      onArrival: () => this.#arrived(),
      onGone: () => this.#writeAnew(),
    });
  }

  /** What is in memory of a folder that is gone is written to a new one. */
  #writeAnew(): void {
    const write = (records: readonly QueueRecord[]) => this.#keeper.open().write(records);
    for (const section of this.#allSections()) section.moveHouse(write);
    this.#groupSync.rewrite(write);
  }

  #unreadable(segment: Segment, error: unknown): void {
    if (this.#keeper.leaveIfGone()) return;
    const nowMs = this.#options.clock.monotonicMs();
    segment.unreadableSinceMs ??= nowMs;
    const isGivenUp = nowMs - segment.unreadableSinceMs >= nodeLimits.maxUnreadableMs;
    if (errnoOf(error) !== 'ENOENT' && !isGivenUp) return;
    this.#keeper.current?.writerOf(segment.priority).retireIf(segment);
    this.#sections[segment.priority].giveUp(segment);
  }

  #arrived(): void {
    for (const listener of this.#arrivalListeners) listener();
  }

  #bury(rejected: readonly SettledRecord[]): void {
    const letters = rejected.map(({ record, ending }) => ({
      ...(ending as { code: string; detail?: string }),
      json: record.json,
    }));
    const { kept, reason } = this.#deadLetters.add(letters, this.#options.clock.nowMs());
    if (!reason) return;
    for (const { record } of rejected.slice(kept)) this.#onDeadLetterLost(record, reason);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastExclusive.then(work);
    this.#lastExclusive = result.catch(() => {});
    return result;
  }
}
