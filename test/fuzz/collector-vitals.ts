/** Whether the collector lives, what it holds, and how late it is: from the start to its end. */
import { type CollectorUnderTest, writeKeys } from './collector-under-test.js';
import { fuzzBounds } from './fuzz-bounds.js';

export interface Vitals {
  readonly maxRssBytes: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  /** Share of the time in which its main thread could have run, but got no processor. */
  readonly waitedShare: number;
  /** The p99 without that share: it is what is judged. */
  readonly ownLoopDelayP99Ms: number;
  readonly scrapes: number;
  readonly faults: readonly string[];
}

/** Requests that are over must be forgotten by then. */
const idleWithinMs = 15_000;

export class CollectorVitals {
  readonly #collector: CollectorUnderTest;
  readonly #timer: NodeJS.Timeout;
  #scrapes = 0;
  #failedScrapes = 0;
  #maxRssBytes = 0;
  #start: { ranMs: number; waitedMs: number } | undefined;

  constructor(collector: CollectorUnderTest) {
    this.#collector = collector;
    this.#timer = setInterval(() => void this.#scrape(), 1_000);
  }

  /** What came before does not count for the loop's delay. */
  async reset(): Promise<void> {
    await this.#collector.loopDelay('reset');
    this.#start = await this.#collector.processorTimes();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks a last time, stops the collector, and says what was wrong. */
  async end(): Promise<Vitals> {
    const faults: string[] = [];
    if (!this.#collector.isRunning) return { ...nothing, scrapes: this.#scrapes, faults };
    await this.#scrape();
    const loop = await this.#collector.loopDelay();
    const waitedShare = await this.#waitedShare();
    // On a machine that is busy with others the loop is late for want of a processor.
    const ownP99Ms = loop.p99Ms * (1 - waitedShare);
    const { maxLoopDelayP99Ms, maxRssBytes } = fuzzBounds;
    if (ownP99Ms > maxLoopDelayP99Ms) faults.push(`event-loop delay p99 ${loop.p99Ms} ms`);
    faults.push(...(await this.#leaks()));
    const peakBytes = Math.max(this.#maxRssBytes, (await this.#collector.peakBytes()) ?? 0);
    if (!(peakBytes < maxRssBytes)) faults.push(`RSS ${peakBytes} bytes`);
    if (this.#failedScrapes > 0) faults.push(`${this.#failedScrapes} scrapes of /metrics failed`);
    this.stop();
    faults.push(...(await this.#lastWords()));
    return {
      ...{ maxRssBytes: peakBytes, loopDelayP99Ms: loop.p99Ms, loopDelayMaxMs: loop.maxMs },
      ...{ waitedShare, ownLoopDelayP99Ms: ownP99Ms, scrapes: this.#scrapes, faults },
    };
  }

  async #scrape(): Promise<void> {
    this.#scrapes++;
    try {
      const metrics = await this.#collector.metrics();
      const rss = metrics.get('process_resident_memory_bytes') ?? Number.NaN;
      this.#maxRssBytes = Math.max(this.#maxRssBytes, rss);
    } catch {
      // Counted: under fire its operator must still be answered.
      this.#failedScrapes++;
    }
  }

  async #waitedShare(): Promise<number> {
    const end = await this.#collector.processorTimes();
    if (end === undefined || this.#start === undefined) return 0;
    const ranMs = end.ranMs - this.#start.ranMs;
    const waitedMs = end.waitedMs - this.#start.waitedMs;
    return waitedMs / Math.max(1, ranMs + waitedMs);
  }

  /** What is left of requests that are over: a leak would shed everybody in the end. */
  async #leaks(): Promise<string[]> {
    const names = ['holdfast_requests_in_flight', 'holdfast_in_flight_bytes'];
    let left: string[] = [];
    for (let waitedMs = 0; waitedMs < idleWithinMs; waitedMs += 100) {
      const metrics = await this.#collector.metrics();
      left = names.filter((name) => metrics.get(name) !== 0);
      if (left.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return left.map((name) => `not idle after the last answer: ${name}`);
  }

  /** How it ends when it is told to, and what it has logged. */
  async #lastWords(): Promise<string[]> {
    const faults: string[] = [];
    const status = await this.#collector.stop();
    const { output } = this.#collector;
    if (status !== 0) faults.push(`ended with ${status}: ${output.slice(-2_000)}`);
    const errors = output.split('\n').filter((line) => line.includes('"level":"error"'));
    if (errors.length > 0) faults.push(`logged ${errors.length} errors: ${errors[0]}`);
    const keys = Object.values(writeKeys).filter((key) => output.includes(key));
    if (keys.length > 0) faults.push(`logged the write keys ${keys.join(', ')}`);
    return faults;
  }
}

const nothing = {
  ...{ maxRssBytes: 0, loopDelayP99Ms: 0, loopDelayMaxMs: 0 },
  ...{ waitedShare: 0, ownLoopDelayP99Ms: 0 },
};
