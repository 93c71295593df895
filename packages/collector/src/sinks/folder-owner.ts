/**
 * One live process owns a data folder.
 *
 * A claim is a file `owner-<n>.json`; the highest n counts. A newcomer that finds the highest
 * claim dead or released makes n + 1 with link(2), which fails if it exists: of two newcomers one
 * wins, and a claim is never removed before a higher one stands. (Removing a dead claim to make
 * one's own, as with lock files, can remove the claim that a third process has just made.)
 *
 * On the same boot and in the same pid namespace, pid and start time say who is dead. Elsewhere the
 * claim's mtime must be seen unchanged for `leaseWatchMs`; a live owner touches it every
 * `leaseRenewMs`, which works on a full disk too.
 */
import { link, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSinkLimits } from '../limits.js';
import type { Clock, Random } from '../ports.js';
import { livenessOf, ownIdentity, type ProcessIdentity } from './process-identity.js';

interface Claim extends ProcessIdentity {
  readonly isReleased: boolean;
}

const claimPattern = /^owner-(\d{1,9})\.json$/;
/** Each round another newcomer won; more rounds than that are no race but a fault. */
const maxClaimRounds = 16;

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

export class FolderOwner {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #self = ownIdentity();
  #number = 0;
  #isHeld = false;
  #cancelRenewal: () => void = () => undefined;

  constructor(folder: string, clock: Clock, random: Random) {
    this.#folder = folder;
    this.#clock = clock;
    this.#random = random;
  }

  /** Claims the folder, or throws {@link FolderInUseError} if a live process has it. */
  async claim(): Promise<void> {
    for (let round = 0; round < maxClaimRounds; round++) {
      const highest = await this.#highestClaim();
      if (highest !== undefined && !(await this.#isDead(highest.number, highest.claim))) {
        throw new FolderInUseError(
          `${this.#folder} is in use by process ${highest.claim?.pid ?? 'unknown'}; ` +
            'stop it or choose another data folder',
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

  /** Lets the next process in without a wait. */
  async release(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#cancelRenewal();
    await rename(await this.#writeTemporary(true), this.#path(this.#number));
  }

  async #highestClaim(): Promise<{ number: number; claim: Claim | undefined } | undefined> {
    const numbers = (await readdir(this.#folder)).map((name) => claimPattern.exec(name)?.[1]);
    const number = Math.max(0, ...numbers.map((digits) => Number(digits ?? 0)));
    if (number === 0) return undefined;
    return { number, claim: await this.#read(number) };
  }

  async #read(number: number): Promise<Claim | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(number), 'utf8')) as Claim;
    } catch {
      // Replaced by a higher one meanwhile, or damaged: nobody can be asked, so it is watched.
      return undefined;
    }
  }

  async #isDead(number: number, claim: Claim | undefined): Promise<boolean> {
    if (claim?.isReleased === true) return true;
    const liveness = claim === undefined ? 'unknown' : livenessOf(claim, this.#self);
    if (liveness !== 'unknown') return liveness === 'dead';
    const before = await this.#touchedMs(number);
    await new Promise<void>((resolve) => {
      this.#clock.schedule(fileSinkLimits.leaseWatchMs, resolve, true);
    });
    return before === (await this.#touchedMs(number));
  }

  /** Undefined: the claim is gone, so a higher one stands and ours will fail. */
  async #touchedMs(number: number): Promise<number | undefined> {
    try {
      return (await stat(this.#path(number))).mtimeMs;
    } catch {
      return undefined;
    }
  }

  /** Makes our claim, whole or not at all; false if another process was first. */
  async #make(): Promise<boolean> {
    const temporary = await this.#writeTemporary(false);
    try {
      await link(temporary, this.#path(this.#number));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(temporary);
    }
  }

  async #removeLower(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const digits = claimPattern.exec(name)?.[1];
      if (digits !== undefined && Number(digits) < this.#number)
        await unlink(join(this.#folder, name));
    }
  }

  #scheduleRenewal(): void {
    this.#cancelRenewal = this.#clock.schedule(fileSinkLimits.leaseRenewMs, () => {
      const nowS = this.#clock.nowMs() / 1_000;
      utimes(this.#path(this.#number), nowS, nowS)
        // Nothing depends on one renewal; on this boot the pid speaks for us all the same.
        .catch(() => undefined)
        .finally(() => {
          if (this.#isHeld) this.#scheduleRenewal();
        });
    });
  }

  async #writeTemporary(isReleased: boolean): Promise<string> {
    const claim: Claim = { ...this.#self, isReleased };
    const path = join(this.#folder, `owner-${this.#random.uuid()}.tmp`);
    await writeFile(path, JSON.stringify(claim));
    return path;
  }

  #path(number: number): string {
    return join(this.#folder, `owner-${number}.json`);
  }
}
