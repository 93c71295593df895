/** The life of a client of the queue on a disk that fails at one point, and what must be left. */
import { priorities } from '@holdfast/protocol';
import type { LeasedRecord, QueueRecord } from '@holdfast/sdk-core/ports';
import { makeRecord, range } from '../../../packages/sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../../packages/sdk-node/src/limits.js';
import { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';
import type { FileSystem } from '../../../packages/sdk-node/src/queue/file-system.js';
import { ManualClock } from '../../../packages/sdk-node/test/support/manual-clock.js';
import { MemoryFileSystem } from '../../../packages/sdk-node/test/support/memory-file-system.js';
import { ProcessWorld } from '../../../packages/sdk-node/test/support/process-world.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultInjector } from './fault-injector.js';
import { QueueLedger } from './queue-ledger.js';
import { SyncWitness } from './sync-witness.js';

export const rootPath = '/queue/key';
const ids = ['a', 'b', 'c'].map((digit) => `018bcfe5-0000-7000-8000-00000000000${digit}`);
const leaseAttempts = 5;
const everything = { maxEvents: 500, maxBytes: 1_000_000 };

/** How it ends: the disk is healed before, or the client is closed on it, or killed, or told to
 *  delete everything; or it lives on and the disk stays as it is. */
export type Ending = 'healed' | 'closed' | 'killed' | 'purged' | 'broken';

export interface LifeOptions {
  readonly durability: 'process' | 'power';
  readonly ending: Ending;
  readonly seed: number;
}

export interface LifeReport {
  readonly failures: readonly string[];
  /** Syncs that failed while the witness looked on. */
  readonly failedSyncs: number;
  /** Events that were reported stored. */
  readonly storedCount: number;
  /** Events that were refused: the caller still has them. */
  readonly refusedCount: number;
}

/** Lives it, then lets the next process see what is left on the healed disk. */
export async function liveQueue(
  injector: FaultInjector,
  options: LifeOptions,
): Promise<LifeReport> {
  const life = new QueueLife(injector, options);
  return life.live();
}

class QueueLife {
  readonly #injector: FaultInjector;
  readonly #options: LifeOptions;
  readonly #ledger = new QueueLedger();
  readonly #world = new ProcessWorld();
  readonly #memory = new MemoryFileSystem();
  readonly #witness = new SyncWitness(this.#memory);
  /** Of the process that was started last. */
  #clock = new ManualClock();
  readonly #random: SeededRandom;
  /** What the next process was handed out. */
  readonly #found = new Set<string>();
  /** What the process before left. */
  readonly #deadOwners = new Set<string>();
  readonly #purged = new Set<string>();
  #lastNumber = 0;

  constructor(injector: FaultInjector, options: LifeOptions) {
    this.#injector = injector;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  async live(): Promise<LifeReport> {
    await this.#leaveDeadOwner();
    const processes = this.#world.start();
    const fileSystem = this.#witness.watch(
      this.#injector.fileSystem(this.#guardRemovals(this.#memory)),
    );
    const store = await this.#ledger.attempt('open', () =>
      this.#open({ queueId: ids[1]!, fileSystem, processes }),
    );
    if (store) {
      await this.#work(store);
      await this.#end(store);
    }
    this.#injector.kill();
    this.#world.kill(processes);
    await this.#inherit();
    const { failures, known, stored } = this.#ledger;
    const { offences, failedSyncs } = this.#witness;
    const counts = { storedCount: stored.size, refusedCount: known.size - stored.size };
    return { failures: [...failures, ...offences], failedSyncs, ...counts };
  }

  #open(changes: {
    queueId: string;
    fileSystem: FileSystem;
    processes: ReturnType<ProcessWorld['start']>;
  }): FileEventStore {
    this.#clock = new ManualClock();
    const store = new FileEventStore({
      ...{ rootPath, random: this.#random, clock: this.#clock, segmentBytes: 700, tailBytes: 400 },
      durability: this.#options.durability,
      ...changes,
    });
    store.onCorrupt((count) => {
      this.#ledger.toldLost += count;
    });
    store.onDeadLetterLost(({ eventId }) => this.#ledger.lostLetters.add(eventId));
    return store;
  }

  /** A folder with events and verdicts, and a dead letter, of a process that is gone. */
  async #leaveDeadOwner(): Promise<void> {
    const processes = this.#world.start();
    const store = this.#open({ queueId: ids[0]!, fileSystem: this.#memory, processes });
    const records = this.#records(5);
    for (const { eventId } of records) this.#deadOwners.add(eventId);
    await this.#ledger.append(store, records);
    const leased = await store.lease({ priority: 'normal', maxEvents: 2, maxBytes: 10_000 });
    await this.#ledger.settle(store, leased.slice(0, 1), { kind: 'rejected', code: 'invalid' });
    await this.#ledger.settle(store, leased.slice(1), { kind: 'delivered' });
    this.#world.kill(processes);
  }

  async #work(store: FileEventStore): Promise<void> {
    const ledger = this.#ledger;
    await Promise.all([this.#append(store, 3), this.#append(store, 6), this.#append(store, 2)]);
    await store.adopt();
    const leased = await this.#lease(store, 'normal', 6);
    await ledger.settle(store, leased.slice(0, 2), { kind: 'delivered' });
    await ledger.settle(store, leased.slice(2, 4), { kind: 'rejected', code: 'too_deep' });
    store.release(leased.slice(4));
    this.#clock.advance(10_000);
    await ledger.attempt('writeState', () => store.writeState('{"epoch":1}'));
    const state = await ledger.attempt('readState', () => store.readState());
    if (state !== undefined && state !== '{"epoch":1}') ledger.failures.push(`state ${state}`);
    const critical = await this.#lease(store, 'critical', 2);
    await ledger.settle(store, critical, { kind: 'dropped', reason: 'expired' });
    await this.#append(store, 4);
    await ledger.attempt('deadLetters', () => store.deadLetters());
    await this.#resend(store);
    const more = await this.#lease(store, 'normal', 4);
    await ledger.settle(store, more, { kind: 'delivered' });
    await this.#append(store, 3);
  }

  async #end(store: FileEventStore): Promise<void> {
    const { ending } = this.#options;
    if (ending === 'closed') await this.#ledger.attempt('close', () => store.close());
    if (ending === 'purged') await this.#purge(store);
    if (ending !== 'healed') return;
    this.#injector.heal();
    await this.#recover(store);
  }

  /** Nothing is owed any more; what was appended here must not come back if that is promised. What a
   *  dead owner left may not have been found yet. */
  async #purge(store: FileEventStore): Promise<void> {
    const { stored, settled } = this.#ledger;
    const owed = [...stored].filter((id) => this.#ledger.isOwed(id));
    for (const id of owed) settled.set(id, 'dropped');
    const count = await this.#ledger.attempt('purge', () => store.purge());
    if (count === undefined) return;
    for (const id of owed) if (!this.#deadOwners.has(id)) this.#purged.add(id);
  }

  /** The healed disk takes everything at once, and nothing needs a new process. */
  async #recover(store: FileEventStore): Promise<void> {
    if (!(await this.#append(store, 2))) this.#ledger.failures.push('a healed disk takes nothing');
    await this.#resend(store);
    await store.adopt();
    for (const priority of priorities) {
      const leased = await store.lease({ priority, ...everything });
      this.#ledger.take(leased);
      await this.#ledger.settle(store, leased, { kind: 'delivered' });
    }
    const left = [...this.#ledger.stored].filter((id) => this.#ledger.isOwed(id));
    this.#checkMissing(left, 'after it healed');
    const { events, bytes } = store.usage();
    if (events !== 0 || bytes !== 0) this.#ledger.failures.push(`${events} left, ${bytes} bytes`);
    await store.close();
  }

  /** The next process finds everything that is owed, and leaves a clean folder. */
  async #inherit(): Promise<void> {
    const processes = this.#world.start();
    const store = this.#open({ queueId: ids[2]!, fileSystem: this.#memory, processes });
    await this.#passLease(store);
    const found = this.#found;
    for (const priority of priorities) {
      const leased = await store.lease({ priority, ...everything });
      this.#ledger.take(leased);
      for (const { eventId } of leased) found.add(eventId);
      await store.settle(leased.map((record) => ({ record, ending: { kind: 'delivered' } })));
    }
    const letters = store.deadLetters().map(({ eventJson }) => idOf(eventJson));
    const { stored, settled, lostLetters } = this.#ledger;
    const owed = [...stored].filter((id) => this.#ledger.isOwed(id) && !found.has(id));
    this.#checkMissing(owed, 'after a restart');
    const risen = [...this.#purged].filter((id) => found.has(id));
    if (risen.length > 0) this.#ledger.failures.push(`${risen.join(', ')} came back after a purge`);
    for (const [id, kind] of settled) {
      const isKept = letters.includes(id) || found.has(id) || lostLetters.has(id);
      if (kind === 'rejected' && !isKept) this.#ledger.failures.push(`dead letter ${id} is lost`);
    }
    await store.close();
    this.#checkLeftovers();
  }

  /** A folder whose owner file could not be written is adopted when its lease is over. */
  async #passLease(store: FileEventStore): Promise<void> {
    for (let passedMs = 0; passedMs <= nodeLimits.leaseMs; passedMs += nodeLimits.heartbeatMs) {
      await store.adopt();
      this.#clock.advance(nodeLimits.heartbeatMs);
    }
    await store.adopt();
  }

  /** A disk that fails and heals costs no event, and none is called lost. */
  #checkMissing(missing: readonly string[], when: string): void {
    const { toldLost, failures } = this.#ledger;
    if (toldLost > 0) failures.push(`${toldLost} are called lost, and nothing was damaged`);
    if (missing.length > 0) failures.push(`${missing.join(', ')} missing ${when}`);
  }

  #checkLeftovers(): void {
    for (const path of this.#memory.files().keys()) {
      const name = path.slice(rootPath.length + 1);
      const isExpected = /^(state$|dead-letters|quarantine\/)/.test(name);
      if (!isExpected) this.#ledger.failures.push(`${name} is left behind`);
    }
  }

  async #append(store: FileEventStore, count: number): Promise<boolean> {
    const records = this.#records(count);
    const isStored = await this.#ledger.append(store, records);
    if (isStored && this.#options.durability === 'power') this.#checkDurable(records);
    return isStored;
  }

  /** A power cut now would leave what was just reported stored. */
  #checkDurable(records: readonly QueueRecord[]): void {
    const survivors = [...this.#witness.survivors().values()].map((bytes) => Buffer.from(bytes));
    for (const { eventId } of records) {
      const isSafe = survivors.some((bytes) => bytes.includes(`"${eventId}"`));
      if (!isSafe) this.#ledger.failures.push(`${eventId} is stored and not on the disk`);
    }
  }

  async #lease(
    store: FileEventStore,
    priority: 'normal' | 'critical',
    maxEvents: number,
  ): Promise<LeasedRecord[]> {
    const request = { priority, maxEvents, maxBytes: 1_000_000 };
    // A client that waits for the disk asks again and again.
    for (let attempt = 0; attempt < leaseAttempts; attempt++) {
      const leased = await this.#ledger.attempt('lease', () => store.lease(request));
      if (!leased) continue;
      this.#ledger.take(leased);
      return leased;
    }
    return [];
  }

  async #resend(store: FileEventStore): Promise<void> {
    const { settled } = this.#ledger;
    const count = await this.#ledger.attempt('resend', () => store.resendDeadLetters());
    if (count === undefined) return;
    // They are the queue's again.
    for (const [id, kind] of [...settled]) {
      if (kind === 'rejected' && !this.#ledger.lostLetters.has(id)) settled.delete(id);
    }
  }

  #records(count: number): QueueRecord[] {
    const first = this.#lastNumber + 1;
    this.#lastNumber += count;
    return range(first, this.#lastNumber).map((n) =>
      makeRecord(n, { priority: n % 4 === 0 ? 'critical' : 'normal' }),
    );
  }

  /** Lets nobody delete a segment of which an event is owed, and stands nowhere else. */
  #guardRemovals(real: MemoryFileSystem): FileSystem {
    const remove = async (path: string) => {
      if (path.endsWith('.seg')) this.#checkRemoval(path);
      await real.remove(path);
    };
    return new Proxy<FileSystem>(real, {
      get: (target, name: keyof FileSystem) => {
        if (name === 'remove') return remove;
        const method = target[name] as (...args: unknown[]) => unknown;
        return method.bind(target);
      },
    });
  }

  #checkRemoval(path: string): void {
    const files = this.#memory.files();
    const text = Buffer.from(files.get(path) ?? []).toString('latin1');
    const others = [...files].filter(([each]) => each !== path);
    for (const [, id = ''] of text.matchAll(/"eventId":"([^"]+)"/g)) {
      const isElsewhere = others.some(([, bytes]) => Buffer.from(bytes).includes(`"${id}"`));
      if (this.#ledger.isOwed(id) && !this.#found.has(id) && !isElsewhere) {
        this.#ledger.failures.push(`${path} is deleted, which holds ${id}`);
      }
    }
  }
}

function idOf(json: string): string {
  return (JSON.parse(json) as { eventId: string }).eventId;
}
