/**
 * One client against one faulty network: tracks, flushes while the fault happens, and goes on until
 * all is delivered. Everything that the client says meanwhile is compared with what is stored.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAnalytics, type FlushReport, type NodeAnalytics } from '@holdfast/sdk-node';
import { SeededRandom } from '../../support/seeded-random.js';
import type { WatchedSink } from './watched-sink.js';

export interface WireCase {
  /** What happens, as a failure names it. */
  readonly name: string;
  readonly seed: number;
  /** Where the client sends to. */
  readonly endpoints: readonly string[];
  readonly encoding: 'json' | 'msgpack';
  /** Length of each event's text: above some hundred the body is compressed. */
  readonly textLength: number;
  /** Called after each flush that left something pending. */
  readonly onPending?: (flushes: number) => void;
}

export interface WireBench {
  /** For the clients' queues. */
  readonly folder: string;
  readonly sink: WatchedSink;
}

export interface WireResult {
  readonly eventIds: readonly string[];
  readonly flushes: number;
  readonly failures: readonly string[];
}

/** Events of a round. Always as many, so that an exchange has always the same length. */
const eventsOfRound = 2;
const rounds = 2;
/** Errors that say that nobody, or a stranger, answers, and that a collector does again. */
const ofTheWay: ReadonlySet<string> = new Set([
  ...['endpoint_unreachable', 'not_a_collector', 'recovered'],
]);

/** How long a case may take, three requests' timeouts among it. */
const deadlineMs = 150_000;

export async function runWireCase(bench: WireBench, wireCase: WireCase): Promise<WireResult> {
  const queueDir = await mkdtemp(join(bench.folder, 'queue-'));
  const run = new CaseRun(bench, wireCase, queueDir);
  try {
    for (let round = 0; round < rounds; round++) await run.round();
    await run.end();
  } catch (error) {
    run.fail(`threw ${String(error)}`);
  } finally {
    await rm(queueDir, { recursive: true, force: true });
  }
  return run.result();
}

class CaseRun {
  readonly #sink: WatchedSink;
  readonly #case: WireCase;
  readonly #random: SeededRandom;
  readonly #analytics: NodeAnalytics;
  readonly #startedMs = performance.now();
  readonly #eventIds: string[] = [];
  readonly #delivered = new Set<string>();
  readonly #failures: string[] = [];
  #flushes = 0;

  constructor({ sink }: WireBench, wireCase: WireCase, queueDir: string) {
    const { endpoints, encoding, seed } = wireCase;
    this.#sink = sink;
    this.#case = wireCase;
    this.#random = new SeededRandom(seed);
    this.#analytics = createAnalytics({
      ...{ writeKey: 'net-key', endpoint: endpoints, queueDir, encoding },
    });
    this.#listen();
  }

  /** Tracks some events and flushes until they are delivered. */
  async round(): Promise<void> {
    for (let n = 0; n < eventsOfRound; n++) this.#track();
    await this.#analytics.stored();
    for (;;) {
      const report = await this.#analytics.flush({ timeoutMs: 5_000 });
      this.#flushes++;
      this.#check(report);
      if (report.pending === 0) return;
      if (performance.now() - this.#startedMs > deadlineMs) {
        throw new Error(`${report.pending} events are pending after ${deadlineMs} ms`);
      }
      this.#case.onPending?.(this.#flushes);
    }
  }

  async end(): Promise<void> {
    const report = await this.#analytics.shutdown({ timeoutMs: 5_000 });
    this.#check(report);
    if (report.delivered !== this.#eventIds.length) {
      this.fail(`shutdown reports ${report.delivered} of ${this.#eventIds.length} delivered`);
    }
    for (const eventId of this.#eventIds) {
      if (!this.#delivered.has(eventId)) this.fail(`${eventId} was never told delivered`);
    }
  }

  fail(what: string): void {
    this.#failures.push(`${this.#case.name} (seed ${this.#case.seed}): ${what}`);
  }

  result(): WireResult {
    const { length } = this.#failures;
    return {
      eventIds: this.#eventIds,
      flushes: this.#flushes,
      failures: length > 3 ? this.#failures.slice(0, 3) : this.#failures,
    };
  }

  #track(): void {
    const { textLength } = this.#case;
    const letter = () => String.fromCharCode(33 + Math.floor(this.#random.fraction() * 90));
    const text = Array.from({ length: textLength }, letter).join('').replace(/["\\]/g, '.');
    const event = { userId: 'ada', event: 'Sent', properties: { text } };
    this.#eventIds.push(this.#analytics.track(event));
  }

  #listen(): void {
    this.#analytics.on('delivered', ({ eventIds }) => {
      for (const eventId of eventIds) {
        this.#delivered.add(eventId);
        if (!this.#sink.stored.has(eventId)) this.fail(`${eventId} is delivered but not stored`);
      }
    });
    this.#analytics.on('rejected', ({ eventId, code }) =>
      this.fail(`${eventId} rejected: ${code}`),
    );
    this.#analytics.on('dropped', ({ reason, count }) => this.fail(`${count} dropped: ${reason}`));
    this.#analytics.on('error', ({ code, message }) => {
      if (!ofTheWay.has(code)) this.fail(`${code}: ${message}`);
    });
  }

  /** A report is true: it adds up, and delivered is only what the collector has. */
  #check(report: FlushReport): void {
    const { delivered, rejected, pending, dropped } = report;
    const text = JSON.stringify(report);
    if (delivered + rejected + pending + dropped !== this.#eventIds.length) {
      this.fail(`${text} does not add up to ${this.#eventIds.length}`);
    }
    if (rejected + dropped > 0) this.fail(`${text} though the network alone was at fault`);
    const stored = this.#eventIds.filter((eventId) => this.#sink.stored.has(eventId)).length;
    if (delivered > stored) this.fail(`${text} though only ${stored} are stored`);
  }
}
