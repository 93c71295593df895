/** A topic, the collectors that write it, and the clients that send to them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FlushReport } from '@holdfast/sdk-node';
import type { KafkaCluster } from '../../scripts/servers/kafka-cluster.js';
import type { SeededRandom } from '../support/seeded-random.js';
import type { BreakMode } from './break-mode.js';
import { checkHistory, type DeadTime, type Findings } from './check-history.js';
import { CollectorProcess, type CollectorSetup } from './collector-process.js';
import { HttpHistory } from './http-history.js';
import { HttpWitness } from './http-witness.js';
import { tortureLimits as limits } from './limits.js';
import { type ClientSetup, Load } from './load.js';
import { ReceiptLog } from './receipt-log.js';
import { readEventNames, readTopicRecords, type TopicRecord } from './topic-reader.js';
import { TrackedEvents } from './tracked-events.js';

export interface LaneSetup {
  readonly cluster: KafkaCluster;
  /** The file of the collector's program. */
  readonly program: string;
  readonly topic: string;
  /** Of the round; removed with all that is in it. */
  readonly folder: string;
  readonly collectors: number;
  readonly clients: number;
  readonly eventsPerSecond: number;
  readonly random: SeededRandom;
  readonly broken: BreakMode | undefined;
  /** Whether it is the control of a checker, rather than what is checked. */
  readonly isControl: boolean;
}

/** A collector's address and its present life. */
interface Place {
  readonly witness: HttpWitness;
  readonly lives: CollectorProcess[];
}

export interface LaneResult {
  readonly findings: Findings;
  readonly records: readonly TopicRecord[];
  readonly log: ReceiptLog;
}

const sources = ['shop', 'depot'] as const;
const keyOf = (source: string): string => `${source}-key`;

export class Lane {
  readonly events = new TrackedEvents();
  readonly history = new HttpHistory();
  readonly #setup: LaneSetup;
  readonly #places: Place[] = [];
  #load: Load | undefined;

  constructor(setup: LaneSetup) {
    this.#setup = setup;
  }

  get topic(): string {
    return this.#setup.topic;
  }

  get collectorCount(): number {
    return this.#setup.collectors;
  }

  /** Creates the topics, starts the collectors, and lets the clients track. */
  async start(): Promise<void> {
    const { cluster, topic, collectors, isControl, random } = this.#setup;
    const folder = join(this.#setup.folder, topic);
    await mkdir(folder);
    await cluster.admin.createTopic({ name: topic, partitions: limits.partitions });
    await cluster.admin.createTopic({ name: `${topic}.dead`, partitions: 3 });
    const keys = new Map(sources.map((source) => [keyOf(source), source]));
    for (let index = 0; index < collectors; index++) {
      this.#places.push({ witness: new HttpWitness(this.history, keys), lives: [] });
    }
    const addresses = await Promise.all(this.#places.map(({ witness }) => witness.listen()));
    await Promise.all(this.#places.map((_, index) => this.startCollector(index)));
    const clients = Array.from({ length: this.#setup.clients }, (_, index) =>
      clientSetup(index, addresses),
    );
    const { eventsPerSecond } = this.#setup;
    const setup = { clients, folder, eventsPerSecond, random, hasRefused: !isControl };
    this.#load = new Load(setup, this.events);
    this.#load.start();
  }

  /** Gives a collector's address a new life; returns its label. */
  async startCollector(index: number): Promise<string> {
    const place = this.#place(index);
    const name = String.fromCharCode('a'.charCodeAt(0) + index);
    const label = `${this.topic}-${name}${place.lives.length + 1}`;
    const life = new CollectorProcess(label, this.#collectorSetup());
    place.lives.push(life);
    place.witness.pointTo(label, await life.port());
    return label;
  }

  /** SIGKILL while a request is under way; true if it was not answered then. */
  async killCollector(index: number, afterMs: number): Promise<boolean> {
    const { witness, lives } = this.#place(index);
    await Promise.race([witness.nextForwarded(), pause(limits.awaitRequestMs)]);
    if (afterMs > 0) await pause(afterMs);
    const isUnderWay = witness.underWay > 0;
    await lives.at(-1)?.kill();
    witness.pointTo(undefined);
    return isUnderWay;
  }

  /** Ends the load, and resolves once what waits is delivered or the time is up. */
  drain(timeoutMs: number): Promise<FlushReport[]> {
    return this.#load?.drain(timeoutMs) ?? Promise.resolve([]);
  }

  /** Ends whatever it started; for the end of a round, however that came. */
  async stop(): Promise<void> {
    await this.#load?.drain(0);
    for (const { witness, lives } of this.#places) {
      await Promise.all(lives.map((life) => life.kill()));
      await witness.close();
    }
  }

  /** What the collectors logged last, for when something went wrong. */
  logs(): string {
    return this.#places.map(({ lives }) => lives.at(-1)?.log() ?? '').join('\n');
  }

  /** Reads the topic and compares. The brokers are up, and nobody writes any more. */
  async check(deadTimes: readonly DeadTime[]): Promise<LaneResult> {
    const { cluster, topic, isControl } = this.#setup;
    const log = new ReceiptLog();
    for (const life of this.#places.flatMap(({ lives }) => lives)) life.readReceipts(log);
    const acked = this.history.ackedOnce();
    const looks = isControl ? 2 : limits.maxLooks;
    const { receipts } = log;
    const records = await readTopicRecords(cluster.bootstrap, topic, acked, receipts, looks);
    const deadLetters = await readEventNames(cluster.bootstrap, `${topic}.dead`);
    const { digests: tracked, delivered, rejected } = this.events;
    const { acks, exchanges } = this.history;
    const findings = checkHistory({
      ...{ tracked, delivered, rejected, acks, exchanges },
      ...{ receipts, deadTimes, records, deadLetters },
    });
    return { findings, records, log };
  }

  #place(index: number): Place {
    const place = this.#places[index];
    if (place === undefined) throw new Error(`there is no collector ${index}`);
    return place;
  }

  #collectorSetup(): CollectorSetup {
    const { cluster, program, topic, folder, broken } = this.#setup;
    const writeKeys = sources.map((source) => `${source}=${keyOf(source)}`);
    return { program, brokers: cluster.bootstrap, topic, writeKeys, folder, broken };
  }
}

/** Clients prefer different collectors, and each source has some of either kind. */
function clientSetup(index: number, addresses: readonly string[]): ClientSetup {
  const source = sources[index % sources.length] ?? sources[0];
  const first = Math.floor(index / sources.length) % addresses.length;
  const endpoints = [...addresses.slice(first), ...addresses.slice(0, first)];
  return { source, writeKey: keyOf(source), endpoints };
}
