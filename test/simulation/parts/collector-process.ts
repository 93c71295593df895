/** One run of a collector: its real accept path from the headers to the answer, without sockets. */

import { Admission } from '../../../packages/collector/src/admission/admission.js';
import { LoadShedder } from '../../../packages/collector/src/admission/load-shedder.js';
import {
  defaultRetryAfterRange,
  RetryAfter,
} from '../../../packages/collector/src/admission/retry-after.js';
import { SinkLatency } from '../../../packages/collector/src/admission/sink-latency.js';
import { SourceRates } from '../../../packages/collector/src/admission/source-rates.js';
import { MemorySeenEvents } from '../../../packages/collector/src/dedup/memory-seen-events.js';
import { StoreOnce } from '../../../packages/collector/src/dedup/store-once.js';
import { HoldfastDialect } from '../../../packages/collector/src/dialects/holdfast-dialect.js';
import { collectorLimits } from '../../../packages/collector/src/limits.js';
import { CollectorMetrics } from '../../../packages/collector/src/metrics/collector-metrics.js';
import { ClientIp } from '../../../packages/collector/src/receive/client-of.js';
import { BatchReceiver } from '../../../packages/collector/src/receive/receive-batch.js';
import type { EventSink } from '../../../packages/collector/src/sinks/event-sink.js';
import { KeyStore } from '../../../packages/collector/src/sources/key-store.js';
import type { SourceKeeper } from '../../../packages/collector/src/sources/source-keeper.js';
import { silentLogger } from '../../../packages/server-core/src/json-logger.js';
import type { Random } from '../../../packages/server-core/src/ports.js';
import { type HttpAnswer, ModelResponse, modelRequest } from '../models/exchange.js';
import type { Life, ProcessClock } from '../models/life.js';

/** Events whose copies a collector knows by itself: few, so that forgetting happens. */
const maxSeenEvents = 400;

/** How long connections outlive the last request of a draining collector. */
const lingerMs = 2_000;

export interface CollectorParts {
  readonly life: Life;
  readonly clock: ProcessClock;
  readonly random: Random;
  readonly sinks: readonly EventSink[];
  readonly deadLetters: EventSink;
  readonly keeper: SourceKeeper;
  readonly region: string;
  readonly epoch: number;
  readonly loopDelayMs: () => number;
}

export class CollectorProcess {
  readonly #parts: CollectorParts;
  readonly #keys: KeyStore;
  readonly #receiver: BatchReceiver;
  readonly #dialect = new HoldfastDialect();
  readonly shedder: LoadShedder;
  isListening = false;

  constructor(parts: CollectorParts) {
    const { clock, random, sinks, deadLetters, keeper, region, epoch } = parts;
    const logger = silentLogger;
    this.#parts = parts;
    this.#keys = new KeyStore({ keeper, clock, logger });
    const sinkLatency = new SinkLatency(clock);
    const loop = {
      get delayMs() {
        return parts.loopDelayMs();
      },
    };
    this.shedder = new LoadShedder({ loop, sinks: sinkLatency });
    this.#receiver = new BatchReceiver({
      ...{ region, epoch, sinks, deadLetters, sinkLatency, clock, random, logger },
      admission: new Admission({
        ...{ keys: this.#keys, rates: new SourceRates(clock, random), sinks },
        shedder: this.shedder,
        retryAfter: new RetryAfter({
          range: defaultRetryAfterRange,
          minReturnsPerSecond: collectorLimits.minReturnsPerSecond,
          ...{ clock, random },
        }),
      }),
      store: new StoreOnce(sinks, new MemorySeenEvents(maxSeenEvents)),
      clientIp: new ClientIp('none', []),
      metrics: new CollectorMetrics(sinks, () => ({
        ...{ bytesInFlight: 0, requestsInFlight: 0, pressure: 0, loopDelayMs: 0, isReady: true },
      })),
    });
  }

  /** Rejects if it cannot work, as a sink or what follows it says. */
  async start(afterOpen: () => Promise<void>): Promise<void> {
    await this.#keys.open();
    const { sinks, deadLetters } = this.#parts;
    for (const sink of [...sinks, deadLetters]) await sink.open();
    await afterOpen();
    this.isListening = true;
  }

  /** Refuses what comes from now on; resolves when it is closed. */
  async drain(): Promise<void> {
    const { clock, sinks, deadLetters } = this.#parts;
    const deadline = new Promise<void>((resolve) => {
      clock.schedule(25_000, resolve);
    });
    await Promise.race([this.#receiver.drain(), deadline]);
    // Kept-alive connections go on asking until they are closed.
    await new Promise<void>((resolve) => {
      clock.schedule(lingerMs, resolve);
    });
    this.#keys.close();
    await Promise.all([...sinks, deadLetters].map((sink) => sink.close(5_000)));
    this.isListening = false;
  }

  /** Hands a request to the endpoint; a dead process answers nothing. */
  receive(
    path: string,
    headers: Record<string, string>,
    body: Buffer,
    onAnswer: (answer: HttpAnswer) => void,
  ): void {
    const { life, clock } = this.#parts;
    life.deliver(() => {
      const response = new ModelResponse((answer) => {
        if (life.isDead) return;
        const date = new Date(clock.nowMs()).toUTCString();
        onAnswer({ ...answer, headers: { ...answer.headers, date } });
      });
      const url = new URL(path, 'http://collector');
      void this.#receiver.post(
        modelRequest(headers, body),
        response.asServerResponse(),
        url,
        this.#dialect,
      );
    });
  }
}
