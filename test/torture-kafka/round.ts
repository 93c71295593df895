/**
 * One round: a cluster, two collectors and their clients, a control beside them, every fault, and
 * at the end the comparison of what was acked with what the topic holds.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FlushReport } from '@holdfast/sdk-node';
import { type KafkaCluster, startKafka } from '../../scripts/servers/kafka-cluster.js';
import { poll } from '../../scripts/servers/poll.js';
import { bundle } from '../support/bundle.js';
import { SeededRandom } from '../support/seeded-random.js';
import type { BreakMode } from './break-mode.js';
import { deadTimesOf } from './effects.js';
import { Faults } from './faults.js';
import type { Form } from './form.js';
import { Lane, type LaneResult, type LaneSetup } from './lane.js';
import { tortureLimits as limits } from './limits.js';
import { monotonicMs } from './monotonic-clock.js';
import { Nemesis } from './nemesis.js';

const collectorProgram = 'test/torture-kafka/collector-program.ts';

export interface RoundOptions {
  readonly seed: number;
  readonly form: Form;
  /** Breaks the collectors under test, so that the round must fail. */
  readonly broken: BreakMode | undefined;
}

/** What a round leaves to be judged. */
export interface RoundHistory {
  readonly form: Form;
  readonly lane: Lane;
  readonly result: LaneResult;
  readonly reports: readonly FlushReport[];
  readonly drainMs: number;
  readonly nemesis: Nemesis;
  readonly controls: Readonly<Record<BreakMode, Control>>;
}

/** A collector that loses, in the same weather. */
export interface Control {
  readonly lane: Lane;
  readonly result: LaneResult;
}

export class Round {
  readonly #options: RoundOptions;
  readonly #random: SeededRandom;
  readonly #startedAtMs = monotonicMs();
  #folder: string | undefined;
  #cluster: KafkaCluster | undefined;
  readonly #lanes: Lane[] = [];
  #progress: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  async run(): Promise<RoundHistory> {
    const { form, broken } = this.#options;
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-torture-kafka-'));
    this.#folder = folder;
    const program = join(folder, 'collector-program.mjs');
    // The Kafka sink reaches into kafkajs by its path.
    await bundle({ entry: collectorProgram, outfile: program, installed: 'all' });
    const cluster = await startKafka({ brokers: 3 });
    this.#cluster = cluster;
    const ground = { folder, program, cluster };
    const lane = this.#lane(ground, 'events', broken);
    const early = this.#lane(ground, 'control-early', 'early-ack', true);
    const plain = this.#lane(ground, 'control-plain', 'plain-send', true);
    const faults = new Faults(cluster, lane, form, this.#random);
    const nemesis = new Nemesis(faults, lane, form, this.#random);
    this.#progress = setInterval(() => this.#tell(lane, nemesis), limits.progressEveryMs);
    for (const started of this.#lanes) await started.start();
    await poll('the first acks', () =>
      this.#lanes.every(({ history }) => history.ackedEvents > limits.warmUpEvents),
    );
    await nemesis.run();
    while (lane.events.digests.size < form.minAckedEvents * 1.01) await pause(limits.turnMs);
    const endMs = monotonicMs();
    const [reports] = await Promise.all([
      lane.drain(limits.maxDrainMs),
      early.drain(limits.controlDrainMs),
      plain.drain(limits.controlDrainMs),
    ]);
    const drainMs = monotonicMs() - endMs;
    nemesis.doing = 'reading the topics';
    const deadTimes = deadTimesOf(nemesis.spans);
    const result = await lane.check(deadTimes);
    const controls = {
      'early-ack': { lane: early, result: await early.check(deadTimes) },
      'plain-send': { lane: plain, result: await plain.check(deadTimes) },
    };
    return { form, lane, result, reports, drainMs, nemesis, controls };
  }

  /** Ends all that it started; may be called at any time, and more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  /** What the collectors logged last. */
  logs(): string {
    return this.#lanes.map((lane) => lane.logs()).join('\n');
  }

  async #end(): Promise<void> {
    clearInterval(this.#progress);
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    await this.#cluster?.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #lane(
    ground: Pick<LaneSetup, 'folder' | 'program' | 'cluster'>,
    topic: string,
    broken: BreakMode | undefined,
    isControl = false,
  ): Lane {
    const { form } = this.#options;
    const lane = new Lane({
      ...ground,
      ...{ topic, broken, isControl },
      collectors: isControl ? 1 : 2,
      clients: isControl ? limits.controlClients : limits.clients,
      eventsPerSecond: isControl ? limits.controlEventsPerSecond : form.eventsPerSecond,
      random: new SeededRandom(this.#random.below(2 ** 31)),
    });
    this.#lanes.push(lane);
    return lane;
  }

  #tell({ events, history }: Lane, { doing, spans }: Nemesis): void {
    const seconds = Math.round((monotonicMs() - this.#startedAtMs) / 1_000);
    const refused = history.exchanges.filter(({ status }) => status === 503).length;
    console.log(
      [
        `${String(seconds).padStart(4)} s  ${doing}`.padEnd(28),
        `faults ${spans.length}`,
        `tracked ${events.digests.size}`,
        `acked ${events.delivered.size}`,
        `waiting ${events.waiting}`,
        `503s ${refused}`,
      ].join('  '),
    );
  }
}
