/** One process with a client of the Node SDK: the real core over the real file queue. */

import type { ProcessTable } from '@holdfast/protocol';
import { ClientCore, type CoreOptions } from '@holdfast/sdk-core';
import { finish } from '@holdfast/sdk-core/finish';
import { v7 } from 'uuid';
import { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';
import { tellCorruption } from '../../../packages/sdk-node/src/queue/tell-corruption.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Ledger } from '../ledger.js';
import { Life, ProcessClock } from '../models/life.js';
import type { Machine } from '../models/machine.js';
import { type ModelNetwork, ModelTransport } from '../models/model-network.js';
import type { StorageTier } from '../storage-tier.js';
import { LiveClient } from './live-client.js';
import { QueueFileSystem } from './queue-file-system.js';
import { WatchedStore } from './watched-store.js';

export interface NodeProcessParts {
  readonly name: string;
  readonly seed: number;
  readonly machine: Machine;
  readonly processes: ProcessTable;
  readonly rootPath: string;
  readonly durability: 'process' | 'power';
  readonly options: CoreOptions;
  readonly encoding: 'json' | 'msgpack';
  readonly network: ModelNetwork;
  readonly ledger: Ledger;
  readonly storage: StorageTier;
}

/** Small, so that segments end and are deleted often. */
const segmentBytes = 6_000;
/** Of one process after the other: what was stored is read back always, often, or now and then. */
const tailSizes = [0, 1_000, 5_000];

export class NodeProcess {
  readonly parts: NodeProcessParts;
  readonly life: Life;
  readonly files: QueueFileSystem;
  readonly client: LiveClient;
  readonly core: ClientCore;
  readonly store: FileEventStore | undefined;
  readonly #watched: WatchedStore | undefined;

  constructor(parts: NodeProcessParts) {
    this.parts = parts;
    const { name, seed, machine, processes, rootPath, durability, options, network } = parts;
    const { ledger, storage, encoding } = parts;
    const life = new Life(name);
    const clock = new ProcessClock(machine.clock, life, () => machine.skewMs);
    const random = new SeededRandom(seed);
    const queueId = v7({ random: random.bytes(16), msecs: clock.nowMs() });
    this.life = life;
    this.files = new QueueFileSystem(machine, life);
    const fileSystem = this.files;
    try {
      this.store = new FileEventStore({
        ...{ rootPath, queueId, durability, clock, random, segmentBytes, fileSystem, processes },
        tailBytes: tailSizes[seed % tailSizes.length]!,
      });
    } catch {
      // As the SDK does: memory is all there is, and the client says so.
      this.store = undefined;
    }
    const { maxInFlightBatches: maxInFlight } = options;
    const isPage = false;
    this.#watched = this.store && new WatchedStore(this.store, ledger, life);
    this.core = new ClientCore({
      ...{ options, clock, random, queueId },
      store: this.#watched,
      transport: new ModelTransport({ network, life, clock, name, maxInFlight, encoding, isPage }),
    });
    if (this.store) tellCorruption(this.store, this.core);
    const book = ledger.open(name, queueId, machine);
    const { core, store } = this;
    this.client = new LiveClient({ core, life, book, options, store, random, storage });
    life.onDeath(() => {
      if (book.end === undefined) book.end = 'killed';
    });
    ledger.note(`${name} starts with ${this.store ? durability : 'memory'}`);
    void this.core.start();
  }

  /** process.exit(): what is in memory is written, and the folder is given up. */
  exit(): void {
    finish(this.core, this.#watched);
    this.store?.releaseNow();
    const { book } = this.client.parts;
    // All accepted events are stored by then, if the disk took them.
    this.life.kill();
    book.ledger.note(`${book.name} exits`);
  }
}
