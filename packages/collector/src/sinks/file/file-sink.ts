/**
 * Events in files: the embedded default. Every event is one line of a segment (its format stands in
 * the protocol's `file-segment.ts`) under `<data>/segments/`.
 *
 *     closed ── open() ──▶ open ── another process has the folder ──▶ lost, for good
 *       ▲                  │  ▲
 *    close()   a commit fails │ a commit succeeds
 *       │                  ▼  │
 *     from both      open, refusing until `retryAtMs`; each failure doubles the wait
 *
 * Invariants: `stored` is answered only after fdatasync, and only by the owner of the folder. One
 * commit (write + fdatasync) is under way at a time; what arrives meanwhile shares the next one.
 * After a failed commit nothing is tried for a backoff, then a new segment is begun; so the sink
 * comes back by itself when there is space again. Lines of a failed or hanging commit may be on
 * disk all the same: copies of what the client sends again, told apart by their eventId.
 */
import { join } from 'node:path';
import {
  type AcceptedEvent,
  backoffDelayMs,
  type Durable,
  type RetryCode,
} from '@holdfast/protocol';
import { encodeSegmentLines } from '@holdfast/protocol/file-segment';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { makeDurableFolder } from '@holdfast/server-core/disk/durable-file';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { silentLogger } from '@holdfast/server-core/json-logger';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import { type ProcessTable, systemProcesses } from '@holdfast/server-core/process-identity';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { settledWithin } from '@holdfast/server-core/within';
import { collectorLimits, fileSinkLimits } from '../../limits.js';
import type { EventSink, SinkAvailability, SinkOutcome } from '../event-sink.js';
import { FolderLostError, FolderOwner } from './folder-owner.js';
import { type ReadableSegment, SegmentLog } from './segment-log.js';

export interface FileSinkOptions {
  /** The data folder; made if it is not there. One live process may use it. */
  readonly folder: string;
  /** Default 8 MiB. */
  readonly maxSegmentBytes?: number;
  /** Default 60 s. */
  readonly maxSegmentAgeMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Default: the real one. */
  readonly disk?: Disk;
  /** Default: this process and what /proc knows of the others. */
  readonly processes?: ProcessTable;
}

type State =
  | { readonly kind: 'closed' | 'lost' }
  /** `failures` commits in a row; nothing is tried before `retryAtMs`. */
  | { readonly kind: 'open'; readonly failures: number; readonly retryAtMs: number };

/** The lines of one `write`, until they have an outcome. */
interface Waiter {
  readonly lines: Uint8Array;
  readonly settle: (outcome: SinkOutcome) => void;
}

const stored: SinkOutcome = { kind: 'stored' };
const working: State = { kind: 'open', failures: 0, retryAtMs: 0 };
const retry = (code: RetryCode): SinkOutcome => ({ kind: 'retry', code });

export class FileSink implements EventSink {
  readonly name = 'file';
  readonly durable: Durable = 'file';
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #owner: FolderOwner;
  readonly #log: SegmentLog;
  #waiting: Waiter[] = [];
  #waitingBytes = 0;
  /** The run that commits what waits; undefined: nothing does. */
  #committing: Promise<void> | undefined;
  #commitStartedMs: number | undefined;
  #state: State = { kind: 'closed' };
  #cancelSeal: () => void = () => undefined;

  constructor(options: FileSinkOptions) {
    const { folder, clock = systemClock, random = systemRandom, logger = silentLogger } = options;
    const { disk = nodeDisk, processes = systemProcesses() } = options;
    this.#folder = folder;
    this.#disk = disk;
    this.#clock = clock;
    this.#logger = logger;
    this.#owner = new FolderOwner(folder, { disk, processes, clock, random });
    this.#log = new SegmentLog({
      folder,
      maxSegmentBytes: options.maxSegmentBytes ?? fileSinkLimits.maxSegmentBytes,
      maxSegmentAgeMs: options.maxSegmentAgeMs ?? fileSinkLimits.maxSegmentAgeMs,
      disk,
      clock,
      random,
      logger,
    });
  }

  /** Rejects if the folder cannot be made or a live process owns it. */
  async open(): Promise<void> {
    await makeDurableFolder(this.#disk, this.#folder);
    await makeDurableFolder(this.#disk, join(this.#folder, 'segments'));
    await makeDurableFolder(this.#disk, join(this.#folder, 'quarantine'));
    await this.#owner.claim();
    await this.#log.recover();
    this.#state = working;
  }

  availability(): SinkAvailability {
    if (this.#state.kind !== 'open') return { isAvailable: false };
    const nowMs = this.#clock.monotonicMs();
    const waitMs = Math.max(0, this.#state.retryAtMs - nowMs);
    const startedMs = this.#commitStartedMs;
    const hangs = startedMs !== undefined && nowMs - startedMs > fileSinkLimits.stallMs;
    return waitMs === 0 && !hangs
      ? { isAvailable: true }
      : { isAvailable: false, retryAfterMs: waitMs };
  }

  async write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    if (events.length === 0) return [];
    const outcome = await this.#store(events);
    return events.map(() => outcome);
  }

  /** What may be read now, oldest first: no byte of it is unacked for want of durability. */
  readableSegments(): ReadableSegment[] {
    return this.#log.readable();
  }

  /** Calls back for each segment that is sealed from now on; returns what stops it. */
  onSealed(listener: (segment: ReadableSegment) => void): () => void {
    return this.#log.onSealed(listener);
  }

  /** Deletes a sealed segment, once its events are kept elsewhere. */
  async deleteSegment(name: string): Promise<void> {
    await this.ensureOwned();
    await this.#log.delete(name);
  }

  /** Rejects if another process has taken the folder over: then nothing in it may be changed. */
  async ensureOwned(): Promise<void> {
    try {
      await this.#owner.ensureHeld();
    } catch (error) {
      if (error instanceof FolderLostError) this.#lose();
      throw error;
    }
  }

  /** Resolves when the segments found at start were looked through for damage. */
  async checked(): Promise<void> {
    await this.#log.checked();
  }

  async close(timeoutMs: number): Promise<void> {
    if (this.#state.kind === 'open') this.#state = { kind: 'closed' };
    this.#cancelSeal();
    await settledWithin(this.#clock, timeoutMs, this.#finish());
  }

  async #finish(): Promise<void> {
    await this.#committing;
    await this.#log.close();
    try {
      await this.#owner.release();
    } catch (error) {
      // The next process finds us dead, which takes it longer at worst.
      this.#logger.log('warn', 'data folder not released', { error: String(error) });
    }
  }

  #lose(): void {
    if (this.#state.kind === 'lost') return;
    this.#state = { kind: 'lost' };
    const message = 'data folder taken over by another process';
    this.#logger.log('error', message, { folder: this.#folder });
  }

  #store(events: readonly AcceptedEvent[]): Promise<SinkOutcome> {
    if (!this.availability().isAvailable) return Promise.resolve(retry('sink_unavailable'));
    const lines = encodeSegmentLines(events);
    if (this.#waitingBytes + lines.length > fileSinkLimits.maxWaitingBytes) {
      return Promise.resolve(retry('sink_busy'));
    }
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(collectorLimits.sinkTimeoutMs, () => {
        resolve(retry('sink_unavailable'));
      });
      const settle = (outcome: SinkOutcome) => {
        cancel();
        resolve(outcome);
      };
      this.#waiting.push({ lines, settle });
      this.#waitingBytes += lines.length;
      this.#commitSoon();
    });
  }

  #commitSoon(): void {
    this.#committing ??= this.#commitAll();
  }

  /** Commits group after group. It ends in the same step in which it finds nothing waiting: a write
   *  that comes a step later begins anew. */
  async #commitAll(): Promise<void> {
    for (;;) {
      if (this.#waiting.length === 0) await this.#sealIfOld();
      if (this.#waiting.length === 0) break;
      const group = this.#takeGroup();
      this.#commitStartedMs = this.#clock.monotonicMs();
      const outcome = await this.#commit(group);
      this.#commitStartedMs = undefined;
      for (const waiter of group) waiter.settle(outcome);
      if (outcome.kind === 'retry') this.#refuseWaiting();
    }
    this.#committing = undefined;
  }

  /** A quiet source's segment is sealed too: a timer calls this without any new line. */
  async #sealIfOld(): Promise<void> {
    this.#cancelSeal();
    const leftMs = this.#state.kind === 'open' ? this.#log.openForMs() : undefined;
    if (leftMs === undefined) return;
    if (leftMs === 0) await this.#log.seal();
    else this.#cancelSeal = this.#clock.schedule(leftMs, () => this.#commitSoon());
  }

  async #commit(group: readonly Waiter[]): Promise<SinkOutcome> {
    try {
      await this.#log.append(Buffer.concat(group.map(({ lines }) => lines)));
      await this.ensureOwned();
      if (this.#state.kind === 'open') this.#state = working;
      return stored;
    } catch (error) {
      this.#fail(error);
      return retry('sink_unavailable');
    }
  }

  #fail(error: unknown): void {
    if (this.#state.kind === 'lost') return;
    const { minBackoffMs, maxBackoffMs } = fileSinkLimits;
    const failures = this.#state.kind === 'open' ? this.#state.failures : 0;
    const backoffMs = backoffDelayMs(failures, 1, minBackoffMs, maxBackoffMs);
    this.#logger.log('error', 'file sink failed', { error: String(error), backoffMs });
    if (this.#state.kind !== 'open') return;
    const retryAtMs = this.#clock.monotonicMs() + backoffMs;
    this.#state = { kind: 'open', failures: failures + 1, retryAtMs };
  }

  /** At least one waiter, and as many more as one commit may hold. */
  #takeGroup(): Waiter[] {
    let bytes = 0;
    let count = 0;
    for (const waiter of this.#waiting) {
      bytes += waiter.lines.length;
      if (count > 0 && bytes > fileSinkLimits.maxCommitBytes) {
        bytes -= waiter.lines.length;
        break;
      }
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #refuseWaiting(): void {
    for (const waiter of this.#waiting) waiter.settle(retry('sink_unavailable'));
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
