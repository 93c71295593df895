/**
 * A whole client over a disk that fails at one point: intake, memory behind the queue, delivery. Its
 * word is stored(): what it covers is on the disk from then on, or delivered, or told of as dropped.
 */
import { priorities } from '@holdfast/protocol';
import { makeClient } from '../../../packages/sdk-core/test/support/bench-client.js';
import {
  ModelCollector,
  refusedConnection,
} from '../../../packages/sdk-core/test/support/model-collector.js';
import { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';
import type { FileSystem } from '../../../packages/sdk-node/src/queue/file-system.js';
import { MemoryFileSystem } from '../../../packages/sdk-node/test/support/memory-file-system.js';
import { ProcessWorld } from '../../../packages/sdk-node/test/support/process-world.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultInjector } from './fault-injector.js';
import { QueueLedger } from './queue-ledger.js';
import { type LifeOptions, type LifeReport, rootPath } from './queue-life.js';
import { SyncWitness } from './sync-witness.js';

/** Healed, a client has stored and delivered everything within its longest wait for the disk, and a
 *  backoff after an outage of the collector. */
const recoveryMs = 600_000;

export async function liveClient(
  injector: FaultInjector,
  options: LifeOptions,
): Promise<LifeReport> {
  return new ClientLife(injector, options).live();
}

class ClientLife {
  readonly #injector: FaultInjector;
  readonly #options: LifeOptions;
  readonly #ledger = new QueueLedger();
  readonly #world = new ProcessWorld();
  readonly #memory = new MemoryFileSystem();
  readonly #witness = new SyncWitness(this.#memory);
  readonly #clock = new VirtualClock();
  readonly #collector = new ModelCollector(this.#clock);
  readonly #accepted: string[] = [];
  /** Events that a stored() that has resolved covers. */
  readonly #vouched = new Set<string>();
  #pendingPromises = 0;

  constructor(injector: FaultInjector, options: LifeOptions) {
    this.#injector = injector;
    this.#options = options;
  }

  async live(): Promise<LifeReport> {
    const processes = this.#world.start();
    const inner = this.#injector.fileSystem(this.#memory);
    const fileSystem = this.#witness.watch(inner);
    const store = await this.#ledger.attempt('open', () => this.#open(fileSystem, processes));
    const made = makeClient(
      { maxBatchEvents: 4 },
      { ...{ store, clock: this.#clock, transport: this.#collector }, seed: this.#options.seed },
    );
    await this.#work(made);
    if (this.#options.ending === 'healed') await this.#recover(made);
    if (this.#options.ending === 'broken') await this.#goOn(made);
    for (const { code, message } of made.seen.error) {
      if (code === 'internal') this.#ledger.failures.push(`internal: ${message}`);
    }
    const dropped = new Set(made.seen.dropped.map(({ eventId }) => eventId));
    this.#injector.kill();
    this.#world.kill(processes);
    await this.#inherit(dropped);
    const { failures } = this.#ledger;
    const { offences, failedSyncs } = this.#witness;
    const storedCount = this.#vouched.size;
    const refusedCount = this.#accepted.length - storedCount;
    return { failures: [...failures, ...offences], failedSyncs, storedCount, refusedCount };
  }

  #open(
    fileSystem: FileSystem,
    processes: ReturnType<ProcessWorld['start']>,
    clock = this.#clock,
  ): FileEventStore {
    const store = new FileEventStore({
      ...{ rootPath, fileSystem, processes, clock, segmentBytes: 900, tailBytes: 400 },
      queueId: `018bcfe5-0000-7000-8000-${String(processes.self.pid).padStart(12, '0')}`,
      random: new SeededRandom(this.#options.seed),
      durability: this.#options.durability,
    });
    store.onCorrupt((count) => {
      this.#ledger.toldLost += count;
    });
    return store;
  }

  async #work(made: ReturnType<typeof makeClient>): Promise<void> {
    const { client } = made;
    this.#collector.rules = [() => refusedConnection];
    await client.start();
    this.#track(made, 4);
    await this.#clock.advance(20);
    this.#track(made, 3);
    await this.#clock.advance(3_000);
    this.#collector.rules = [];
    await this.#clock.advance(8_000);
    this.#collector.rules = [() => refusedConnection];
    this.#track(made, 4);
    this.#track(made, 2);
    await this.#clock.advance(2_000);
  }

  #track({ client, track, seen }: ReturnType<typeof makeClient>, count: number): void {
    for (let n = 0; n < count; n++) this.#accepted.push(track('Tested'));
    const covered = [...this.#accepted];
    this.#pendingPromises++;
    void client.stored().then(() => {
      this.#pendingPromises--;
      if (client.durability === 'memory') return;
      const dropped = new Set(seen.dropped.map(({ eventId }) => eventId));
      for (const id of covered) {
        this.#vouched.add(id);
        if (!this.#isSafe(id) && !dropped.has(id)) {
          this.#ledger.failures.push(`stored() has resolved, and ${id} is not on the disk`);
        }
      }
    });
  }

  /** Whether the event is delivered, or would be found if the process or the power ended now. */
  #isSafe(eventId: string): boolean {
    if (this.#collector.taken.has(eventId)) return true;
    const isPower = this.#options.durability === 'power';
    const files = isPower ? this.#witness.survivors() : this.#memory.files();
    return [...files].some(
      ([path, bytes]) => path.endsWith('.seg') && Buffer.from(bytes).includes(`"${eventId}"`),
    );
  }

  async #recover({ client, seen }: ReturnType<typeof makeClient>): Promise<void> {
    const { failures } = this.#ledger;
    this.#injector.heal();
    this.#collector.rules = [];
    await this.#clock.advance(recoveryMs);
    if (this.#pendingPromises > 0) failures.push('stored() does not resolve on a healed disk');
    const dropped = new Set(seen.dropped.map(({ eventId }) => eventId));
    const missing = this.#accepted.filter(
      (id) => !this.#collector.taken.has(id) && !dropped.has(id),
    );
    if (missing.length > 0) {
      failures.push(`${missing.join(', ')} not delivered on a healed disk`);
    }
    const { pending } = await this.#shutDown(client);
    if (pending > 0) failures.push(`${pending} pending at the end`);
  }

  /** What a failing disk did not take is sent from memory, as soon as the collector is back. */
  async #goOn({ seen }: ReturnType<typeof makeClient>): Promise<void> {
    this.#collector.rules = [];
    await this.#clock.advance(recoveryMs);
    const dropped = new Set(seen.dropped.map(({ eventId }) => eventId));
    const waiting = this.#accepted.filter((id) => !dropped.has(id) && !this.#isSafe(id));
    if (waiting.length > 0) {
      this.#ledger.failures.push(`${waiting.join(', ')} neither stored nor sent`);
    }
  }

  async #shutDown(client: ReturnType<typeof makeClient>['client']) {
    const report = client.shutdown({ timeoutMs: 1_000 });
    await this.#clock.advance(2_000);
    return report;
  }

  /** What was vouched for is delivered, or the next process finds it. */
  async #inherit(dropped: ReadonlySet<string | undefined>): Promise<void> {
    const clock = new VirtualClock();
    const store = this.#open(this.#memory, this.#world.start(), clock);
    await store.adopt();
    const found = new Set<string>();
    for (const priority of priorities) {
      const leased = await store.lease({ priority, maxEvents: 500, maxBytes: 1_000_000 });
      for (const { eventId } of leased) found.add(eventId);
    }
    const missing = [...this.#vouched].filter(
      (id) => !this.#collector.taken.has(id) && !found.has(id) && !dropped.has(id),
    );
    const { failures, toldLost } = this.#ledger;
    if (toldLost > 0) failures.push(`${toldLost} are called lost, and nothing was damaged`);
    if (missing.length > 0) failures.push(`${missing.join(', ')} missing after a restart`);
    await store.close();
  }
}
