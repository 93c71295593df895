/**
 * A herd on a virtual clock: real clients of sdk-core with their queues in memory, and the real
 * accept path of a collector before a sink of finite capacity.
 */

import { MemorySink, type SourceRecord } from '@holdfast/collector';
import { ClientCore, type CoreOptions, type Random } from '@holdfast/sdk-core';
import { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { Life, ProcessClock } from '../../simulation/models/life.js';
import { CollectorProcess } from '../../simulation/parts/collector-process.js';
import { CollectorRandom } from '../../simulation/parts/collector-random.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { FiniteSink } from './finite-sink.js';
import { HerdNetwork } from './herd-network.js';
import type { HerdSetting } from './herd-setting.js';
import { mostWithin } from './pace.js';

export interface HerdFigures {
  readonly name: string;
  readonly seed: number;
  readonly clients: number;
  /** Batches a second that can be taken, and that waited when the outage ended. */
  readonly capacity: number;
  readonly backlog: number;
  /** Requests during the outage. */
  readonly knocks: number;
  /** Requests afterwards, those that were sent away among them. */
  readonly requests: number;
  readonly refusals: number;
  readonly impatient: number;
  /** The most requests, refused ones among them, that came in any span of one second. */
  readonly peak: number;
  readonly peakRatio: number;
  /** From the end of the outage until the last batch is stored. */
  readonly drainS: number;
  /** The same by the time that the backlog takes at full capacity. */
  readonly drainRatio: number;
  readonly lost: number;
  readonly twice: number;
}

/** A rate limit lets a burst of two seconds' worth through at once: not a matter of the herd. */
const burstMs = 10_000;

const clientOptions: CoreOptions = {
  ...{ writeKey: 'herd-key', endpoints: ['http://collector'] },
  ...{ maxQueueBytes: 50_000_000, maxEventAgeMs: 30 * 86_400_000, flushIntervalMs: 2_000 },
  // The browser's, but for batches of one event: what is in a batch is of no matter here.
  ...{ maxBatchEvents: 1, maxInFlightBatches: 2 },
};

export async function runHerd(setting: HerdSetting, seed: number): Promise<HerdFigures> {
  const herd = new Herd(setting, seed);
  await herd.suffer();
  return herd.recover();
}

class Herd {
  readonly #setting: HerdSetting;
  readonly #seed: number;
  readonly #clock = new VirtualClock();
  readonly #sink: FiniteSink;
  readonly #collector: CollectorProcess;
  readonly #network: HerdNetwork;
  readonly #eventIds = new Set<string>();

  constructor(setting: HerdSetting, seed: number) {
    const { boundBy, batchesPerSecond } = setting;
    this.#setting = setting;
    this.#seed = seed;
    const isBySink = boundBy === 'sink';
    this.#sink = new FiniteSink(this.#clock, isBySink ? batchesPerSecond : 1_000_000);
    this.#collector = this.#createCollector({
      ...{ source: 'herd', writeKeys: ['herd-key'], origins: [], allowsCritical: false },
      ...(isBySink ? {} : { maxEventsPerSecond: batchesPerSecond }),
    });
    this.#network = new HerdNetwork(this.#clock, this.#collector);
  }

  /** All clients are there when the outage begins, and go on tracking until it ends. */
  async suffer(): Promise<void> {
    const { clients, outage, outageMs, control } = this.#setting;
    await this.#collector.start(() => Promise.resolve());
    if (outage === 'refused') this.#network.isDown = true;
    else this.#sink.isDown = true;
    if (control === 'fixed') this.#network.fixedRetryAfter = '30';
    const random = new SeededRandom(this.#seed);
    for (let n = 0; n < clients; n++) this.#addClient(n, new SeededRandom(fork(random)));
    await this.#clock.advance(outageMs);
  }

  async recover(): Promise<HerdFigures> {
    const { endMs } = this.#setting;
    const knocks = this.#network.arrivalsMs.length;
    const healedAtMs = this.#clock.monotonicMs();
    this.#network.refusals = 0;
    this.#network.isDown = false;
    this.#sink.isDown = false;
    while (this.#lost() > 0 && this.#clock.monotonicMs() < healedAtMs + endMs) {
      await this.#clock.advance(1_000);
    }
    return this.#figures(knocks, healedAtMs);
  }

  #addClient(n: number, random: SeededRandom): void {
    const { batchesEach, outageMs, control } = this.#setting;
    const slowest: Random = {
      fraction: () => 1 - Number.EPSILON,
      bytes: (count) => random.bytes(count),
    };
    const client = new ClientCore({
      options: clientOptions,
      clock: this.#clock,
      random: control === 'no jitter' ? slowest : random,
      store: undefined,
      transport: this.#network.transport(10 + random.fraction() * 140),
      queueId: `queue-${n}`,
    });
    void client.start();
    const track = () => {
      this.#eventIds.add(client.accept({ type: 'track', event: 'Tracked', userId: `user-${n}` }));
    };
    this.#clock.schedule(random.fraction() * 2_000, track);
    for (let batch = 1; batch < batchesEach; batch++) {
      this.#clock.schedule(random.fraction() * outageMs, track);
    }
  }

  #createCollector(source: SourceRecord): CollectorProcess {
    const life = new Life('collector');
    return new CollectorProcess({
      life,
      clock: new ProcessClock(this.#clock, life),
      random: new CollectorRandom(this.#seed),
      sinks: [this.#sink],
      deadLetters: new MemorySink(),
      keeper: { load: async () => [source] },
      ...{ region: 'default', epoch: 0, loopDelayMs: () => 0 },
    });
  }

  #lost(): number {
    return this.#eventIds.size - this.#sink.copies.size;
  }

  #figures(knocks: number, healedAtMs: number): HerdFigures {
    const { name, clients, batchesPerSecond: capacity, boundBy } = this.#setting;
    const { arrivalsMs, refusals, impatient } = this.#network;
    const after = arrivalsMs.slice(knocks);
    const fromMs = healedAtMs + (boundBy === 'rate limit' ? burstMs : 0);
    const peak = mostWithin(
      after.filter((atMs) => atMs >= fromMs),
      1_000,
    );
    const backlog = this.#eventIds.size;
    const drainS = (this.#sink.lastStoredAtMs - healedAtMs) / 1_000;
    return {
      ...{ name, seed: this.#seed, clients, capacity, backlog, knocks, requests: after.length },
      ...{ refusals, impatient, peak, peakRatio: peak / capacity },
      ...{ drainS, drainRatio: drainS / (backlog / capacity), lost: this.#lost() },
      twice: [...this.#sink.copies.values()].filter((count) => count > 1).length,
    };
  }
}

function fork(random: Random): number {
  return Math.floor(random.fraction() * 2 ** 32);
}
