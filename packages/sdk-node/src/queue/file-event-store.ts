/**
 * The durable queue on disk.
 *
 * ```
 * queueDir/<hash of the write key>/
 *   <uuid>/                   the folder of one client instance, in which only it writes
 *     owner                   who that is, and that it lives: see owner-file.ts
 *     <segment>.seg, .ack     records and verdicts: see segment-format.ts and ack-format.ts
 *     <uuid>/                 an adopted folder of a dead owner
 *   state                     what delivery remembers
 *   dead-letters.ndjson       see dead-letter-file.ts
 *   quarantine/               damaged segments, after all that can be read of them is delivered
 * ```
 *
 * Invariants:
 * - A record is published, and so may be leased, once it is stored at the durability in force. What
 *   a failed append may have left in a file is never published: it still belongs to the caller.
 * - A file is deleted only when each of its records has a verdict.
 * - Nobody takes a folder from a process that is known to live. If it happens to a process that
 *   only seemed dead, it finds its folder gone after its next write at the latest, and goes on in a
 *   new one, with all that it holds in memory. What the folder held, the adopter sends.
 *
 * Memory: a few bytes for each segment and a bit for each of its records; what is leased; and for
 * each priority the rest of one own and one adopted segment. Limits: limits.ts.
 */
import type { Priority } from '@holdfast/protocol';
import { AnalyticsError } from '@holdfast/sdk-core/errors';
import type {
  Clock,
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
import { verdicts } from './ack-format.js';
import { Adopter } from './adopter.js';
import { type DeadLetter, DeadLetterFile } from './dead-letter-file.js';
import { errnoOf, type FileSystem } from './file-system.js';
import { isQueueFolderName } from './folder-loader.js';
import { abandon, GroupSync } from './group-sync.js';
import { nodeFileSystem } from './node-file-system.js';
import type { Extent } from './open-segment.js';
import { OwnerWatch, replaceFile } from './owner-file.js';
import { type ProcessTable, readProcessTable } from './process-identity.js';
import { QueueContents, type SettledPlace } from './queue-contents.js';
import { QueueHome } from './queue-home.js';
import { QueuedRecord } from './queued-record.js';
import type { Segment } from './segment.js';
import { isStorable } from './segment-format.js';
import { SegmentRemover } from './segment-remover.js';
import { mayPass, storageError } from './storage-error.js';

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
  /** Default: the real one. */
  readonly fileSystem?: FileSystem;
  /** Default: read from /proc. */
  readonly processes?: ProcessTable;
}

/** How often in one append a new folder is made for one that is gone. */
const maxMovesPerAppend = 3;

export class FileEventStore implements EventStore {
  readonly durability: Durability;
  readonly #options: FileEventStoreOptions;
  readonly #fileSystem: FileSystem;
  readonly #processes: ProcessTable;
  readonly #watch: OwnerWatch;
  readonly #contents: QueueContents;
  readonly #remover: SegmentRemover;
  readonly #groupSync: GroupSync;
  readonly #deadLetters: DeadLetterFile;
  readonly #arrivalListeners: (() => void)[] = [];
  readonly #corruptListeners: ((count: number) => void)[] = [];
  #onDeadLetterLost: (record: LeasedRecord, reason: string) => void = () => {};
  /** Undefined while the disk does not let us make one; each append tries again. */
  #home: QueueHome | undefined;
  #adopter: Adopter | undefined;
  #homeCount = 0;
  #cancelHeartbeat: (() => void) | undefined;
  /** Leases, purge and close, one after the other. */
  #lastExclusive: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Makes the client's folder. Throws `storage_unavailable` if that can never work here. */
  constructor(options: FileEventStoreOptions) {
    const { fileSystem = nodeFileSystem, processes = readProcessTable(), rootPath } = options;
    this.#options = options;
    this.durability = options.durability;
    this.#fileSystem = fileSystem;
    this.#processes = processes;
    this.#watch = new OwnerWatch(processes);
    this.#remover = new SegmentRemover(fileSystem, `${rootPath}/quarantine`);
    this.#deadLetters = new DeadLetterFile(fileSystem, `${rootPath}/dead-letters.ndjson`);
    this.#contents = new QueueContents({
      fileSystem,
      remover: this.#remover,
      onUnreadable: (segment, error) => this.#unreadable(segment, error),
      onCorrupt: (count) => {
        for (const listener of this.#corruptListeners) listener(count);
      },
    });
    this.#groupSync = new GroupSync(fileSystem, (extents) => this.#contents.publish(extents));
    try {
      this.#openHome();
    } catch (error) {
      if (!mayPass(error)) {
        const message = `the queue folder ${rootPath} cannot be used: ${errnoOf(error) || error}`;
        throw new AnalyticsError('storage_unavailable', message, error);
      }
    }
    this.#scheduleHeartbeat();
    void this.adopt();
  }

  append(records: readonly QueueRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    try {
      const extents = this.#write(records);
      if (this.durability === 'power') return this.#sync(records, extents);
      this.#contents.publish(extents);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(storageError(error, 'events cannot be written to the queue'));
    }
  }

  /** Rejects with `storage_failed` if what is stored cannot be read now; nothing is lost then. */
  lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    return this.#exclusively(async () => {
      try {
        return await this.#contents.lease(request);
      } catch (error) {
        throw storageError(error, 'events cannot be read from the queue');
      }
    });
  }

  release(records: readonly LeasedRecord[]): void {
    for (const { key } of records) {
      if (key instanceof QueuedRecord) this.#contents.release(key);
    }
  }

  settle(settled: readonly SettledRecord[]): Promise<void> {
    const places: SettledPlace[] = [];
    const rejected: SettledRecord[] = [];
    for (const item of settled) {
      const { key } = item.record;
      if (!(key instanceof QueuedRecord) || key.state === 'gone') continue;
      places.push({ record: key, verdict: verdicts[item.settlement.kind] });
      if (item.settlement.kind === 'rejected') rejected.push(item);
    }
    // Before the verdict: a crash between the two makes a second dead letter rather than none.
    if (rejected.length > 0) this.#bury(rejected);
    this.#contents.settle(places);
    return Promise.resolve();
  }

  usage(): StoreUsage {
    return this.#contents.usage();
  }

  waiting(priority: Priority): StoreUsage {
    return this.#contents.waiting(priority);
  }

  onArrival(listener: () => void): void {
    this.#arrivalListeners.push(listener);
  }

  onCorrupt(listener: (count: number) => void): void {
    this.#corruptListeners.push(listener);
  }

  /** Tells of a refused event that could not be kept: `dead_letters_full` or `storage_failed`. */
  onDeadLetterLost(listener: (record: LeasedRecord, reason: string) => void): void {
    this.#onDeadLetterLost = listener;
  }

  /** The events that were refused for good, as far as they are kept. */
  deadLetters(): DeadLetter[] {
    return this.#deadLetters.read();
  }

  async readState(): Promise<string | undefined> {
    try {
      return Buffer.from(this.#fileSystem.readSmall(this.#statePath)).toString();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw storageError(error, 'the state of delivery cannot be read');
    }
  }

  async writeState(state: string): Promise<void> {
    try {
      const home = this.#home ?? this.#openHome();
      replaceFile(this.#fileSystem, home.folder.path, 'state', this.#statePath, state);
    } catch (error) {
      throw storageError(error, 'the state of delivery cannot be written');
    }
  }

  purge(): Promise<number> {
    return this.#exclusively(async () => {
      await this.#adopter?.scan();
      await this.#groupSync.idle();
      const { events } = this.usage();
      this.#home?.retire();
      const segments = this.#contents.clear();
      const removals = segments.map((segment) => this.#remover.remove(segment));
      const failed = (await Promise.allSettled(removals)).find((r) => r.status === 'rejected');
      await this.#remover.idle();
      if (failed) throw storageError(failed.reason, 'purged events cannot be deleted');
      return events;
    });
  }

  /** Looks for folders of dead owners now; resolves when what they left is in this queue. */
  async adopt(): Promise<void> {
    await this.#adopter?.scan();
  }

  close(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#cancelHeartbeat?.();
      await this.#adopter?.close();
      await this.#groupSync.idle();
      this.#home?.retire();
      await this.#remover.idle();
      await this.#leaveHome();
    });
  }

  /** The process ends now: lets the next one adopt the folder at once. Synchronous; what is
   *  appended afterwards is stored all the same. */
  releaseNow(): void {
    if (this.#isClosed) return;
    this.#cancelHeartbeat?.();
    this.#beat(true);
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
      const home = this.#home ?? this.#openHome();
      try {
        const extents = home.write(records);
        if (home.isPresent()) return extents;
        abandon(extents);
      } catch (error) {
        if (home.isPresent()) throw error;
      }
      this.#moveHouse();
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

  #openHome(): QueueHome {
    const { rootPath, queueId, random, clock } = this.#options;
    const { segmentBytes = nodeLimits.segmentBytes } = this.#options;
    const isFirst = this.#homeCount++ === 0 && isQueueFolderName(queueId);
    const instanceId = isFirst ? queueId : v4({ random: random.bytes(16) });
    const parts = {
      fileSystem: this.#fileSystem,
      random,
      segmentBytes,
      identity: this.#processes.self,
      onOpened: (segment: Segment) => this.#contents.opened(segment),
      onFinal: (segment: Segment) => this.#contents.finishIfDone(segment),
    };
    const home = new QueueHome(parts, rootPath, instanceId);
    this.#home = home;
    this.#adopter = new Adopter({
      fileSystem: this.#fileSystem,
      clock,
      watch: this.#watch,
      rootPath,
      homePath: home.folder.path,
      onLoaded: (loaded) => this.#contents.adopted(loaded),
      onFolderLoaded: (folder) => {
        void this.#remover.removeIfDone(folder);
        for (const listener of this.#arrivalListeners) listener();
      },
    });
    return home;
  }

  /** The own folder is gone: adopted by another, or deleted. Goes on in a new one. */
  #moveHouse(): void {
    this.#home?.retire();
    this.#home = undefined;
    void this.#adopter?.close();
    this.#adopter = undefined;
    const rewrite = (records: readonly QueueRecord[]) =>
      (this.#home ?? this.#openHome()).write(records);
    this.#contents.moveHouse(rewrite);
    this.#groupSync.rewrite(rewrite);
  }

  #unreadable(segment: Segment, error: unknown): void {
    if (this.#home && !this.#home.isPresent()) {
      this.#moveHouse();
      return;
    }
    const errno = errnoOf(error);
    if (errno === 'EIO') segment.readFailures++;
    if (errno !== 'ENOENT' && segment.readFailures < nodeLimits.maxReadFailures) return;
    this.#home?.writerOf(segment.priority).retireIf(segment);
    this.#contents.giveUp(segment);
  }

  #bury(rejected: readonly SettledRecord[]): void {
    const letters = rejected.map(({ record, settlement }) => ({
      ...(settlement as { code: string; detail?: string }),
      json: record.json,
    }));
    const { kept, reason } = this.#deadLetters.add(letters, this.#options.clock.nowMs());
    if (!reason) return;
    for (const { record } of rejected.slice(kept)) this.#onDeadLetterLost(record, reason);
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#options.clock.schedule(nodeLimits.heartbeatMs, () => {
      if (this.#isClosed) return;
      this.#scheduleHeartbeat();
      this.#beat(false);
      void this.adopt();
    });
  }

  #beat(isReleased: boolean): void {
    try {
      this.#home?.beat(isReleased);
    } catch {
      // A full disk: the next beat tries again, and where pids tell, nobody needs it.
      if (!isReleased && this.#home && !this.#home.isPresent()) this.#moveHouse();
    }
  }

  /** Deletes the own folder if nothing is left in it; otherwise the next client may adopt it. */
  async #leaveHome(): Promise<void> {
    this.#beat(true);
    if (!this.#home || !this.#contents.isEmpty || this.#adopter?.hasUnloaded) return;
    await this.#remover.removeFolder(this.#home.folder.path).catch(leaveToNextOwner);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastExclusive.then(work);
    this.#lastExclusive = result.catch(() => {});
    return result;
  }
}

/** The folder is marked as released: the next client adopts it, and deletes it then. */
function leaveToNextOwner(): void {}
