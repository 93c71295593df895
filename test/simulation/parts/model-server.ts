/** What listens behind one endpoint: collectors that come and go. */

import type { EventSink } from '../../../packages/collector/src/sinks/event-sink.js';
import type { SourceKeeper } from '../../../packages/collector/src/sources/source-keeper.js';
import type { SourceRecord } from '../../../packages/collector/src/sources/source-record.js';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultCounts } from '../fault-kinds.js';
import type { Ledger } from '../ledger.js';
import type { HttpAnswer } from '../models/exchange.js';
import { Life, ProcessClock } from '../models/life.js';
import type { Server } from '../models/model-network.js';
import { CollectorProcess } from './collector-process.js';
import { CollectorRandom } from './collector-random.js';

export interface SinkPair {
  readonly sinks: readonly EventSink[];
  readonly deadLetters: EventSink;
}

export interface ModelServerParts {
  readonly url: string;
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly faults: FaultCounts;
  readonly ledger: Ledger;
  readonly createSinks: (life: Life, clock: ProcessClock, random: CollectorRandom) => SinkPair;
  readonly source: SourceRecord;
  /** What follows once the sinks are open. */
  readonly afterStart: () => Promise<void>;
  /** Told of each answer before it goes out. */
  readonly onAnswer: (answer: HttpAnswer, body: Buffer) => void;
}

const longestRestartMs = 90_000;

export class ModelServer implements Server {
  readonly url: string;
  readonly #parts: ModelServerParts;
  readonly #random: SeededRandom;
  #process: CollectorProcess | undefined;
  #life: Life | undefined;
  #startCount = 0;
  #isStopped = false;
  epoch = 0;
  skewMs = 0;
  loopDelayMs = 0;
  /** The keeper of write keys does not know ours. */
  isKeyUnknown = false;
  isKeeperAway = false;
  /** The source's rate is limited, if it has one. */
  isLimited = true;
  #resets = new Set<() => void>();

  constructor(parts: ModelServerParts) {
    this.url = parts.url;
    this.#parts = parts;
    this.#random = new SeededRandom(parts.seed);
  }

  get isUp(): boolean {
    return this.#process?.isListening === true && this.#life?.isDead === false;
  }

  /** Starts a new process, which remembers nothing, unless one runs. */
  async start(): Promise<void> {
    if (this.#isStopped || this.#life?.isDead === false) return;
    const { clock, ledger, createSinks, afterStart } = this.#parts;
    const life = new Life(`${this.url}#${++this.#startCount}`);
    const processClock = new ProcessClock(clock, life, () => this.skewMs);
    const random = new CollectorRandom(this.#random.fraction() * 2 ** 32);
    this.#life = life;
    life.onDeath(() => this.#died());
    const { sinks, deadLetters } = createSinks(life, processClock, random);
    ledger.note(`${life.name} starts`);
    if (this.#startCount > 1) this.#parts.faults.add('dedupMemoryLost');
    this.#process = new CollectorProcess({
      ...{ life, clock: processClock, random, sinks, deadLetters, keeper: this.#keeper },
      ...{ region: this.url, epoch: this.epoch, loopDelayMs: () => this.loopDelayMs },
    });
    try {
      await this.#process.start(afterStart);
    } catch (error) {
      ledger.note(`${life.name} cannot start: ${(error as Error).message}`);
      life.kill();
    }
  }

  /** It dies: whoever waits for an answer is cut off. */
  crash(): void {
    if (!this.#life || this.#life.isDead) return;
    this.#parts.faults.add('collectorCrash');
    this.#parts.ledger.note(`${this.#life.name} dies`);
    this.#life.kill();
  }

  /** It is told to end, and answers what is under way. */
  async drain(): Promise<void> {
    const [process, life] = [this.#process, this.#life];
    if (!process || !life || life.isDead) return;
    this.#parts.ledger.note(`${life.name} drains`);
    await process.drain();
    life.kill();
  }

  /** Ends it for good. */
  stop(): void {
    this.#isStopped = true;
    this.#life?.kill();
  }

  receive(
    path: string,
    headers: Record<string, string>,
    body: Buffer,
    onAnswer: (answer: HttpAnswer) => void,
    onReset: () => void,
  ): boolean {
    const process = this.#process;
    if (!process || !this.isUp) return false;
    this.#resets.add(onReset);
    process.receive(path, headers, body, (answer) => {
      this.#resets.delete(onReset);
      this.#count(answer);
      this.#parts.onAnswer(answer, body);
      onAnswer(answer);
    });
    const held = process.shedder.bytesInFlight;
    if (held > 64_000_000) this.#parts.ledger.breach('bounds', `${this.url} holds ${held} bytes`);
    return true;
  }

  /** Whoever waits for an answer is cut off, and a supervisor starts the next one. */
  #died(): void {
    const resets = [...this.#resets];
    this.#resets.clear();
    for (const reset of resets) reset();
    const delayMs = 200 + this.#random.fraction() ** 2 * longestRestartMs;
    this.#parts.clock.schedule(delayMs, () => void this.start());
  }

  #count({ status, body }: HttpAnswer): void {
    const { faults } = this.#parts;
    if (status === 200) return;
    const code = /"code":"(\w+)"/.exec(body)?.[1];
    if (code === 'rate_limited') faults.add('rateLimited');
    if (code === 'shed') faults.add('shed');
    if (code === 'draining') faults.add('draining');
    if (code === 'sink_unavailable') faults.add('sinkUnavailable');
    if (code === 'unknown_write_key') faults.add('keyRefused');
    if (code === 'metadata_unavailable') faults.add('metadataAway');
  }

  readonly #keeper: SourceKeeper = {
    load: async () => {
      if (this.isKeeperAway) throw new Error('the keeper is away');
      if (this.isKeyUnknown) return [];
      const { maxEventsPerSecond: _, ...unlimited } = this.#parts.source;
      return [this.isLimited ? this.#parts.source : unlimited];
    },
  };
}
