import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultCounts } from '../fault-kinds.js';
import { diskError, type FileNode, ModelDisk } from './model-disk.js';

/** How long it fails at most before it comes back. */
const longestErrorMs = 300;

/** One machine: its disk, what is wrong with it now, and its wall clock. */
export class Machine {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly disk: ModelDisk;
  readonly faults: FaultCounts;
  readonly random: SeededRandom;
  /** How far its wall clock is from the true time. */
  skewMs = 0;
  isFull = false;
  /** The share of writes that take only a part. */
  shortWriteShare = 0;
  /** How often a call begins a moment in which all calls fail with EIO, as a disk does that comes
   *  and goes. */
  errorShare = 0;
  #errorUntilMs = Number.NEGATIVE_INFINITY;
  /** The share of syncs that fail. */
  failedSyncShare = 0;
  /** What a full disk or a failed call did to verdicts or records: copies may come back. */
  lastFaultMs = Number.NEGATIVE_INFINITY;
  lastPowerLossMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, seed: number, clock: VirtualClock, faults: FaultCounts) {
    this.name = name;
    this.clock = clock;
    this.faults = faults;
    this.random = new SeededRandom(seed);
    this.disk = new ModelDisk(new SeededRandom(seed ^ 0x5bd1e995));
  }

  /** Everything about it is well again; what is broken already stays broken. */
  heal(): void {
    this.#errorUntilMs = Number.NEGATIVE_INFINITY;
    this.isFull = false;
    this.shortWriteShare = 0;
    this.errorShare = 0;
    this.failedSyncShare = 0;
    this.disk.isLying = false;
  }

  /** Fails with what is wrong now, before the call has done anything. */
  beforeCall(call: string, path = ''): void {
    const nowMs = this.clock.monotonicMs();
    if (this.errorShare > 0 && this.random.fraction() < this.errorShare) {
      this.#errorUntilMs = nowMs + this.random.fraction() * longestErrorMs;
    }
    if (nowMs > this.#errorUntilMs) return;
    this.#note();
    this.faults.add('diskError');
    throw diskError('EIO', call, path);
  }

  /** Fails if the call needs room and there is none. */
  beforeGrowth(call: string, path = ''): void {
    if (!this.isFull) return;
    this.#note();
    this.faults.add('diskFull');
    throw diskError('ENOSPC', call, path);
  }

  /** Writes as much as the disk takes; returns how many bytes. */
  write(node: FileNode, bytes: Uint8Array, position: number): number {
    let length = bytes.length;
    const isShort = this.shortWriteShare > 0 && this.random.fraction() < this.shortWriteShare;
    if (isShort && length > 1) {
      length = 1 + Math.floor(this.random.fraction() * (length - 1));
      this.faults.add('shortWrite');
    }
    if (this.isFull && this.random.fraction() < 0.5) length >>= 1;
    else this.beforeGrowth('write');
    if (length === 0) this.beforeGrowth('write');
    this.disk.write(node, bytes.subarray(0, length), position, this.clock.nowMs());
    return length;
  }

  syncFile(node: FileNode): void {
    const before = this.disk.liedSyncs;
    const isFailing = this.failedSyncShare > 0 && this.random.fraction() < this.failedSyncShare;
    if (isFailing) {
      this.#note();
      this.faults.add('failedFsync');
    }
    this.disk.syncFile(node, isFailing);
    if (this.disk.liedSyncs > before) this.faults.add('lyingFsync');
  }

  /** Fails if syncs do now: then what the folder names is no more durable than before. */
  beforeFolderSync(path: string): void {
    if (this.failedSyncShare === 0 || this.random.fraction() >= this.failedSyncShare) return;
    this.#note();
    this.faults.add('failedFsync');
    throw diskError('EIO', 'fsync', path);
  }

  cutPower(): void {
    this.lastPowerLossMs = this.clock.monotonicMs();
    this.faults.add('powerLoss');
    this.disk.cutPower();
  }

  #note(): void {
    this.lastFaultMs = this.clock.monotonicMs();
  }
}
