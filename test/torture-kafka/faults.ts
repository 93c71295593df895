/** What the nemesis can do to the cluster and to the collectors, and how each of it is healed. */
import { setTimeout as pause } from 'node:timers/promises';
import { KafkaAdmin } from '../../scripts/servers/kafka-admin.js';
import type { KafkaBroker } from '../../scripts/servers/kafka-broker.js';
import type { KafkaCluster } from '../../scripts/servers/kafka-cluster.js';
import { poll } from '../../scripts/servers/poll.js';
import type { SeededRandom } from '../support/seeded-random.js';
import type { DeadTime } from './check-history.js';
import type { FaultKind, Form } from './form.js';
import type { Lane } from './lane.js';
import { tortureLimits as limits } from './limits.js';
import { monotonicMs } from './monotonic-clock.js';

/** One fault from its first blow until the cluster is whole again. */
export interface FaultSpan {
  readonly kind: FaultKind;
  readonly detail: string;
  readonly fromMs: number;
  /** From then on events could be acked again. */
  readonly healMs: number;
  readonly toMs: number;
  readonly deadTime?: DeadTime;
  /** The life of a collector that begins with it. */
  readonly collector?: string;
  /** Whether it did what it is for, as far as that can be told at once. */
  readonly hasHit: boolean;
}

type Outcome = Pick<FaultSpan, 'detail' | 'hasHit'> &
  Partial<Pick<FaultSpan, 'healMs' | 'deadTime' | 'collector'>>;

export class Faults {
  readonly #cluster: KafkaCluster;
  readonly #lane: Lane;
  readonly #form: Form;
  readonly #random: SeededRandom;
  readonly #byKind: Readonly<Record<FaultKind, () => Promise<Outcome>>> = {
    'kill-leader': () => this.#killLeader(),
    'pause-broker': () => this.#pauseBroker(),
    'all-down': () => this.#killBrokers(3, this.#form.allDownMs),
    'min-isr': () => this.#killBrokers(2, this.#form.twoDownMs),
    'add-partitions': () => this.#addPartitions(),
    'move-leaders': () => this.#moveLeaders(),
    'kill-collector': () => this.#killCollector(),
  };

  constructor(cluster: KafkaCluster, lane: Lane, form: Form, random: SeededRandom) {
    this.#cluster = cluster;
    this.#lane = lane;
    this.#form = form;
    this.#random = random;
  }

  /** Puts one fault in, takes it out, and waits until the cluster is whole. */
  async run(kind: FaultKind): Promise<FaultSpan> {
    const fromMs = monotonicMs();
    const outcome = await this.#byKind[kind]();
    await this.#cluster.waitUntilReady();
    return { kind, fromMs, healMs: fromMs, ...outcome, toMs: monotonicMs() };
  }

  /** A time from a range. */
  between([least, most]: readonly [number, number]): number {
    return least + this.#random.fraction() * (most - least);
  }

  /** kill -9 of a broker that leads; the others take over, it comes back as it was. */
  async #killLeader(): Promise<Outcome> {
    const broker = await this.#aLeader();
    await broker.kill();
    const healMs = monotonicMs();
    await pause(this.#form.killedMs);
    const leaders = await this.#leaders(broker);
    broker.start();
    return { detail: `broker ${broker.id}`, healMs, hasHit: !leaders.includes(broker.id) };
  }

  /** A machine that hangs: its connections stay open, and it answers nothing. */
  async #pauseBroker(): Promise<Outcome> {
    const broker = await this.#aLeader();
    broker.pause();
    const healMs = monotonicMs();
    try {
      await pause(this.between(this.#form.pausedMs));
      const leaders = await this.#leaders(broker);
      return { detail: `broker ${broker.id}`, healMs, hasHit: !leaders.includes(broker.id) };
    } finally {
      broker.resume();
    }
  }

  /** With three of them down nothing answers; with two the third has too few in sync to ack. */
  async #killBrokers(count: 2 | 3, downMs: readonly [number, number]): Promise<Outcome> {
    const spared = count === 3 ? undefined : this.#random.pick(this.#cluster.brokers);
    const killed = this.#cluster.brokers.filter((broker) => broker !== spared);
    await Promise.all(killed.map((broker) => broker.kill()));
    const fromMs = monotonicMs();
    const ms = this.between(downMs);
    await pause(ms);
    const healMs = monotonicMs();
    for (const broker of killed) broker.start();
    return {
      detail: `${(ms / 1_000).toFixed(0)} s${spared ? `, broker ${spared.id} alone` : ''}`,
      ...{ healMs, deadTime: { fromMs, toMs: healMs }, hasHit: true },
    };
  }

  async #addPartitions(): Promise<Outcome> {
    const count = limits.partitions + limits.addedPartitions;
    await this.#cluster.admin.addPartitions(this.#lane.topic, count);
    return { detail: `${limits.partitions} → ${count}`, hasHit: true };
  }

  /** Each partition gets another leader, as in a rolling restart. */
  async #moveLeaders(): Promise<Outcome> {
    const before = await this.#leaders();
    const healMs = monotonicMs();
    await this.#cluster.admin.moveLeaders(this.#lane.topic);
    const after = await this.#leaders();
    const moved = after.filter((leader, partition) => leader !== before[partition]).length;
    return { detail: `${moved} of ${after.length}`, healMs, hasHit: moved > 0 };
  }

  async #killCollector(): Promise<Outcome> {
    const index = this.#random.below(this.#lane.collectorCount);
    let collector = '';
    let healMs = 0;
    let isUnderWay = false;
    let kills = 0;
    for (; !isUnderWay && kills < limits.maxKillsInFlight; kills++) {
      isUnderWay = await this.#lane.killCollector(index, this.#random.below(8));
      healMs = monotonicMs();
      collector = await this.#lane.startCollector(index);
    }
    return { detail: `${collector}, ${kills} kills`, healMs, collector, hasHit: isUnderWay };
  }

  async #aLeader(): Promise<KafkaBroker> {
    const leader = this.#random.pick(await this.#leaders());
    const broker = this.#cluster.brokers.find(({ id }) => id === leader);
    if (broker === undefined) throw new Error(`no broker ${leader}`);
    return broker;
  }

  /** The leader of each partition, by its number; not asked of a broker that does not answer. */
  #leaders(absent?: KafkaBroker): Promise<number[]> {
    const others = this.#cluster.brokers.filter((broker) => broker !== absent);
    const admin = new KafkaAdmin(this.#random.pick(others).address, '');
    return poll('the leaders', async () => {
      const partitions = await admin.partitions(this.#lane.topic);
      const sorted = partitions.sort((a, b) => a.partitionId - b.partitionId);
      return sorted.map(({ leader }) => leader);
    });
  }
}
