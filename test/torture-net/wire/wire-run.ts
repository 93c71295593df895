/** One seed of faults on the wire, against one collector with its file sink. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCollector, type SourceRecord } from '@holdfast/collector';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';
import { measureForm } from './measure-form.js';
import { ModelResolver } from './model-resolver.js';
import { runNaiveClients } from './naive-clients.js';
import { nameCases } from './name-cases.js';
import { meetStranger, type StrangerEnd, strangers } from './slow-strangers.js';
import { TcpProxy } from './tcp-proxy.js';
import { WatchedSink } from './watched-sink.js';
import { runWireCase, type WireBench, type WireResult } from './wire-case.js';
import { faultGroup } from './wire-fault.js';
import { type Form, type PlannedCase, planSlowWire, planWire } from './wire-plan.js';

/** What one seed came to. */
export interface WireFigures {
  cases: number;
  events: number;
  counted: number;
  /** Events that the collector had already when they came, and copies that it stored. */
  sentAgain: number;
  storedAgain: number;
  flushes: number;
  connections: number;
  /** How often each fault happened. */
  fired: Record<string, number>;
  strangersCut: number;
  /** The longest that one of them was borne. */
  strangerMs: number;
  /** What clients of the usual kind make of a part of the same faults. */
  naiveLost: number;
  naiveTwice: number;
}

export interface WireReport {
  readonly figures: WireFigures;
  readonly failures: readonly string[];
}

const source: SourceRecord = {
  ...{ source: 'net', writeKeys: ['net-key'], origins: [], allowsCritical: true },
};
const concurrentCases = 24;
const naiveStep = 16;
/** Of the planned cases a quick run plays every so many, and none that waits for a timeout. */
const quickStep = 36;
/** Far beyond the collector's limits of 5 and 10 s, for machines that are busy with else. */
const strangerPatienceMs = 60_000;

const forms: readonly Pick<Form, 'name' | 'encoding' | 'textLength'>[] = [
  { name: 'json', encoding: 'json', textLength: 20 },
  { name: 'brotli', encoding: 'json', textLength: 900 },
  { name: 'msgpack', encoding: 'msgpack', textLength: 20 },
];

export interface WireOptions {
  readonly seed: number;
  readonly isQuick: boolean;
}

export async function runWire(
  options: WireOptions,
  onProgress: (done: number, planned: number) => void,
): Promise<WireReport> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-net-'));
  try {
    return await new WireRun(options, folder, onProgress).run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class WireRun {
  readonly #seed: number;
  readonly #isQuick: boolean;
  readonly #figures: WireFigures = {
    ...{ cases: 0, events: 0, counted: 0, sentAgain: 0, storedAgain: 0, flushes: 0 },
    ...{ connections: 0, fired: {}, strangersCut: 0, strangerMs: 0, naiveLost: 0, naiveTwice: 0 },
  };
  readonly #onProgress: (done: number, planned: number) => void;
  readonly #dataFolder: string;
  readonly #bench: WireBench;
  readonly #failures: string[] = [];
  readonly #eventIds: string[] = [];
  #port = 0;
  #done = 0;
  #planned = 0;

  constructor(
    { seed, isQuick }: WireOptions,
    folder: string,
    onProgress: (done: number, planned: number) => void,
  ) {
    this.#seed = seed;
    this.#isQuick = isQuick;
    this.#onProgress = onProgress;
    this.#dataFolder = join(folder, 'data');
    this.#bench = { folder, sink: new WatchedSink(this.#dataFolder) };
  }

  async run(): Promise<WireReport> {
    const retryAfter = { minMs: 100, maxMs: 300 };
    const config = { sources: [source], port: 0, adminPort: 0, drainMs: 5_000, retryAfter };
    const collector = createCollector(config, { sinks: [this.#bench.sink] });
    const { port, adminPort } = await collector.start();
    this.#port = port;
    const resolver = new ModelResolver((failure) => this.#fired(`DNS ${failure}`));
    resolver.install();
    try {
      await this.#play(resolver);
      this.#figures.sentAgain = await duplicates(adminPort);
    } finally {
      resolver.uninstall();
      await collector.stop();
    }
    await this.#audit();
    return { figures: this.#figures, failures: this.#failures };
  }

  async #play(resolver: ModelResolver): Promise<void> {
    const measured: Form[] = [];
    for (const form of forms) measured.push(await measureForm(this.#bench, this.#port, form));
    const seed = this.#seed;
    const all = planWire(seed, measured);
    const isTaken = (_: PlannedCase, n: number) => n % quickStep === seed % quickStep;
    const queue = this.#isQuick ? all.filter(isTaken) : [...all];
    const slow = this.#isQuick ? [] : planSlowWire(seed, measured);
    const named = nameCases(seed, this.#port, resolver, (what) => this.#fired(what));
    this.#planned = queue.length + slow.length + named.length;
    const lane = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await this.#runPlanned(next);
    };
    await Promise.all([
      ...slow.map((planned) => this.#runPlanned(planned)),
      ...named.map(async (wireCase) => this.#note(await runWireCase(this.#bench, wireCase))),
      ...strangers.map((stranger) =>
        this.#meet(meetStranger(this.#port, stranger, strangerPatienceMs)),
      ),
      ...Array.from({ length: concurrentCases }, lane),
    ]);
    await this.#playNaively(all);
  }

  /** The same faults, a part of them, on clients that must lose. */
  async #playNaively(planned: readonly PlannedCase[]): Promise<void> {
    const faults = planned.filter(({ faults }) => faults.length === 1).flatMap((c) => c.faults);
    const some = faults.filter((_, n) => n % naiveStep === 0);
    const { lost, twice } = await runNaiveClients(this.#port, this.#bench.sink, some);
    this.#figures.naiveLost = lost;
    this.#figures.naiveTwice = twice;
  }

  async #runPlanned({ name, seed, form, faults }: PlannedCase): Promise<void> {
    const proxy = await TcpProxy.start(this.#port, faults);
    try {
      const endpoints = [`http://127.0.0.1:${proxy.port}`];
      this.#note(await runWireCase(this.#bench, { ...form, name, seed, endpoints }));
    } finally {
      await proxy.stop();
    }
    this.#figures.connections += proxy.connections;
    for (const fault of proxy.fired) this.#fired(faultGroup(fault));
    if (proxy.fired.length < faults.length) {
      const what = `${faults.length - proxy.fired.length} of its faults never happened`;
      this.#failures.push(`${name} (seed ${seed}): ${what}`);
    }
  }

  #note({ eventIds, flushes, failures }: WireResult): void {
    this.#figures.cases++;
    this.#figures.events += eventIds.length;
    this.#figures.flushes += flushes;
    this.#eventIds.push(...eventIds);
    this.#failures.push(...failures);
    this.#onProgress(++this.#done, this.#planned);
  }

  #fired(what: string): void {
    this.#figures.fired[what] = (this.#figures.fired[what] ?? 0) + 1;
  }

  async #meet(end: Promise<StrangerEnd>): Promise<void> {
    const { name, cutAfterMs, received } = await end;
    this.#fired('slow stranger');
    if (cutAfterMs === undefined) {
      this.#failures.push(`a stranger who ${name} is not cut within ${strangerPatienceMs} ms`);
      return;
    }
    this.#figures.strangersCut++;
    this.#figures.strangerMs = Math.max(this.#figures.strangerMs, Math.round(cutAfterMs));
    if (received !== '' && !received.startsWith('HTTP/1.1 408 ')) {
      this.#failures.push(`a stranger who ${name} is answered ${received.slice(0, 40)}`);
    }
  }

  /** What lies in the segments: each tracked event, and all copies of it the same. */
  async #audit(): Promise<void> {
    const lines = new Map<string, Set<string>>();
    let copies = 0;
    const segments = join(this.#dataFolder, 'segments');
    for (const name of (await readdir(segments)).filter(isSegmentName)) {
      scanSegment(await readFile(join(segments, name)), ({ event }) => {
        const json = Buffer.from(event).toString();
        const { eventId } = JSON.parse(json) as { eventId: string };
        const known = lines.get(eventId);
        if (known) copies++;
        lines.set(eventId, (known ?? new Set()).add(json));
      });
    }
    for (const eventId of this.#eventIds) {
      const texts = lines.get(eventId);
      if (texts === undefined) this.#failures.push(`${eventId} is lost (seed ${this.#seed})`);
      else if (texts.size > 1) this.#failures.push(`${eventId} has copies that differ`);
      else this.#figures.counted++;
    }
    this.#figures.storedAgain = copies;
  }
}

/** Events that the collector knew already, by its own count. */
async function duplicates(adminPort: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return Number(/^holdfast_\w+\{[^}]*verdict="duplicate"[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
