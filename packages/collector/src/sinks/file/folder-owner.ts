/**
 * One live process owns a data folder.
 *
 * A claim is a file `owner-<n>.json`, JSON with its checksum; the highest n counts. A newcomer that
 * finds the highest claim dead or released makes n + 1 with link(2), which fails if it exists: of
 * two newcomers one wins, and a claim is never removed before a higher one stands. (Removing a dead
 * claim to make one's own, as with lock files, can remove the claim that a third process has just
 * made.)
 *
 * On the same boot and in the same pid namespace, pid and start time say who is dead. Elsewhere the
 * claim's mtime must be seen unchanged for `leaseWatchMs`; a live owner touches it every
 * `leaseRenewMs`, which works on a full disk too.
 */
import { join } from 'node:path';
import { checkedJson, readCheckedJson } from '@holdfast/protocol';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { writeNewFile } from '@holdfast/server-core/disk/durable-file';
import type { Clock, Random } from '@holdfast/server-core/ports';
import {
  livenessOf,
  type ProcessIdentity,
  type ProcessTable,
} from '@holdfast/server-core/process-identity';
import { fileSinkLimits } from '../../limits.js';

interface Claim extends ProcessIdentity {
  readonly isReleased: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const claimPattern = /^owner-(\d{1,9})\.json$/;

export interface FolderOwnerParts {
  readonly disk: Disk;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly random: Random;
}

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/** Another process took the folder over while this one was paused. */
export class FolderLostError extends Error {
  override readonly name = 'FolderLostError';
}

export class FolderOwner {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #processes: ProcessTable;
  readonly #clock: Clock;
  readonly #random: Random;
  #number = 0;
  #isHeld = false;
  #cancelRenewal: () => void = () => undefined;

  constructor(folder: string, { disk, processes, clock, random }: FolderOwnerParts) {
    this.#folder = folder;
    this.#disk = disk;
    this.#processes = processes;
    this.#clock = clock;
    this.#random = random;
  }

  /** Claims the folder, or throws {@link FolderInUseError} if a live process has it. */
  async claim(): Promise<void> {
    for (let round = 0; round < fileSinkLimits.maxClaimRounds; round++) {
      const highest = await this.#highestClaim();
      if (highest !== undefined && !(await this.#isDead(highest.number, highest.claim))) {
        throw new FolderInUseError(
          `${this.#folder} is in use by ${this.#nameOf(highest.claim)}. ` +
            'Stop it, or choose another folder by --data',
        );
      }
      this.#number = (highest?.number ?? 0) + 1;
      if (await this.#make()) {
        this.#isHeld = true;
        await this.#removeLower();
        this.#scheduleRenewal();
        return;
      }
    }
    throw new FolderInUseError(`${this.#folder} is being claimed by other processes over and over`);
  }

  /** Rejects with {@link FolderLostError} if a newcomer has the folder. It removes our claim before
   *  it looks at the files, so what was durable when this resolves is what it finds. */
  async ensureHeld(): Promise<void> {
    if ((await this.#touchedMs(this.#number)) !== undefined) return;
    throw new FolderLostError(`${this.#folder} was taken over by another process; restart`);
  }

  /** Lets the next process in without a wait. */
  async release(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#cancelRenewal();
    await this.#disk.rename(await this.#writeTemporary(true), this.#path(this.#number));
  }

  async #highestClaim(): Promise<{ number: number; claim: Claim | undefined } | undefined> {
    const number = Math.max(0, ...(await this.#claimNumbers()));
    if (number === 0) return undefined;
    return { number, claim: await this.#read(number) };
  }

  async #claimNumbers(): Promise<number[]> {
    const entries = await this.#disk.list(this.#folder);
    return entries.flatMap(({ name }) => {
      const digits = claimPattern.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
  }

  async #read(number: number): Promise<Claim | undefined> {
    try {
      const bytes = await this.#disk.readFile(this.#path(number));
      const json = bytes && readCheckedJson(bytes);
      return json && (JSON.parse(decoder.decode(json)) as Claim);
    } catch {
      // Damaged: nobody can be asked, so it is watched.
      return undefined;
    }
  }

  async #isDead(number: number, claim: Claim | undefined): Promise<boolean> {
    if (claim?.isReleased === true) return true;
    const liveness = claim === undefined ? 'unknown' : livenessOf(claim, this.#processes);
    if (liveness !== 'unknown') return liveness === 'dead';
    const before = await this.#touchedMs(number);
    await new Promise<void>((resolve) => {
      this.#clock.schedule(fileSinkLimits.leaseWatchMs, resolve, true);
    });
    return before === (await this.#touchedMs(number));
  }

  #nameOf(claim: Claim | undefined): string {
    if (claim === undefined) return 'a process that renews an unreadable claim';
    const isHere = livenessOf(claim, this.#processes) === 'alive';
    return `process ${claim.pid}${isHere ? '' : ' of another container, machine or boot'}`;
  }

  /** Undefined: the claim is gone, so a higher one stands and ours will fail. */
  async #touchedMs(number: number): Promise<number | undefined> {
    return (await this.#disk.stat(this.#path(number)))?.modifiedMs;
  }

  /** Makes our claim, whole or not at all; false if another process was first. */
  async #make(): Promise<boolean> {
    const temporary = await this.#writeTemporary(false);
    try {
      await this.#disk.link(temporary, this.#path(this.#number));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await this.#disk.remove(temporary);
    }
  }

  async #removeLower(): Promise<void> {
    for (const number of await this.#claimNumbers()) {
      if (number < this.#number) await this.#disk.remove(this.#path(number));
    }
  }

  #scheduleRenewal(): void {
    this.#cancelRenewal = this.#clock.schedule(fileSinkLimits.leaseRenewMs, () => {
      this.#disk
        .touch(this.#path(this.#number), this.#clock.nowMs())
        // Nothing depends on one renewal; on this boot the pid speaks for us all the same.
        .catch(() => undefined)
        .finally(() => {
          if (this.#isHeld) this.#scheduleRenewal();
        });
    });
  }

  async #writeTemporary(isReleased: boolean): Promise<string> {
    const claim: Claim = { ...this.#processes.self, isReleased };
    const path = join(this.#folder, `owner-${this.#random.uuid()}.tmp`);
    await writeNewFile(this.#disk, path, checkedJson(encoder.encode(JSON.stringify(claim))));
    return path;
  }

  #path(number: number): string {
    return join(this.#folder, `owner-${number}.json`);
  }
}
