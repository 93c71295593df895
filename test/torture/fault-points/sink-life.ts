/** The life of a collector's file sink on a disk that fails at one point. */
import type { AcceptedEvent } from '@holdfast/protocol';
import { fileSinkLimits } from '../../../packages/collector/src/limits.js';
import { FileSink } from '../../../packages/collector/src/sinks/file/file-sink.js';
import { acceptedEvent } from '../../../packages/collector/test/support/accepted-event.js';
import type { Disk } from '../../../packages/server-core/src/disk/disk.js';
import type { ProcessTable } from '../../../packages/server-core/src/process-identity.js';
import { FakeClock } from '../../../packages/server-core/test/support/fake-clock.js';
import { MemoryDisk } from '../../../packages/server-core/test/support/memory-disk.js';
import { SegmentReader } from '../../../packages/storage/src/log/segment-reader.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { dataFolder, leaveSegments } from '../corruption/left-segments.js';
import { DiskWitness } from './disk-witness.js';
import type { FaultInjector } from './fault-injector.js';
import type { LifeOptions, LifeReport } from './queue-life.js';

/** A collector that cannot open its sink exits; whoever watches over it starts it again. */
const maxStarts = 3;

export async function liveSink(injector: FaultInjector, options: LifeOptions): Promise<LifeReport> {
  return new SinkLife(injector, options).live();
}

class SinkLife {
  readonly #injector: FaultInjector;
  readonly #options: LifeOptions;
  readonly #failures: string[] = [];
  readonly #clock = new FakeClock();
  /** Events that were acked, by their JSON. */
  readonly #stored = new Set<string>();
  readonly #offered = new Set<string>();
  #memory = new MemoryDisk();
  #witness = new DiskWitness(this.#memory);
  #lastPid = 100;
  #lastNumber = 0;
  #refusedCount = 0;

  constructor(injector: FaultInjector, options: LifeOptions) {
    this.#injector = injector;
    this.#options = options;
  }

  async live(): Promise<LifeReport> {
    await this.#leaveDeadCollector();
    const disk = this.#witness.watch(this.#injector.disk(this.#memory));
    let sink: FileSink | undefined;
    for (let start = 0; start < maxStarts && !sink; start++) sink = await this.#start(disk);
    if (sink) {
      await this.#work(sink);
      await this.#end(sink);
    }
    this.#injector.kill();
    await this.#inherit();
    return {
      failures: [...this.#failures, ...this.#witness.offences],
      failedSyncs: this.#witness.failedSyncs,
      storedCount: this.#stored.size,
      refusedCount: this.#refusedCount,
    };
  }

  /** Segments with acked events, and the torn tail of a commit that was under way. */
  async #leaveDeadCollector(): Promise<void> {
    const { files, lines, newest } = await leaveSegments(this.#options.seed, 40);
    const torn = Buffer.concat([files.get(newest)!, Buffer.from('\n0badcafe\tshop\t17950')]);
    this.#memory = new MemoryDisk(new Map(files).set(newest, torn));
    this.#witness = new DiskWitness(this.#memory);
    for (const { line } of lines) this.#stored.add(Buffer.from(line.event).toString());
  }

  async #start(disk: Disk): Promise<FileSink | undefined> {
    const sink = new FileSink({
      ...{ folder: dataFolder, disk, clock: this.#clock, processes: this.#nextProcess() },
      random: new SeededRandom(this.#options.seed + this.#lastPid),
      maxSegmentBytes: 1_200,
      maxSegmentAgeMs: 60_000,
    });
    try {
      await this.#pass(sink.open());
      await sink.checked();
      return sink;
    } catch (error) {
      const { code } = error as { code?: string };
      if (!code) this.#failures.push(`open: ${(error as Error).stack}`);
      return undefined;
    }
  }

  /** A claim that cannot be read now is watched for a while: time passes until it is decided. */
  async #pass(opening: Promise<void>): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    opening.then(over, over);
    while (!isOver) {
      await turn();
      if (!isOver) this.#clock.advance(fileSinkLimits.leaseWatchMs);
    }
    return opening;
  }

  async #work(sink: FileSink): Promise<void> {
    await Promise.all([this.#write(sink, 2), this.#write(sink, 1)]);
    await this.#write(sink, 4);
    this.#clock.advance(fileSinkLimits.maxBackoffMs);
    await this.#write(sink, 3);
    // A quiet segment is sealed by its age.
    this.#clock.advance(60_000);
    await turn();
    await this.#deleteOldest(sink);
    await this.#write(sink, 2);
    this.#clock.advance(fileSinkLimits.leaseRenewMs);
    await turn();
    await this.#write(sink, 5);
  }

  async #end(sink: FileSink): Promise<void> {
    const { ending } = this.#options;
    if (ending === 'killed') return;
    if (ending === 'healed') {
      this.#injector.heal();
      this.#clock.advance(fileSinkLimits.maxBackoffMs);
      await turn();
      if (!(await this.#write(sink, 2))) this.#failures.push('a healed disk takes nothing');
    }
    await sink.close(1_000).catch((error: unknown) => {
      // The claim stays; the next process sees that we are dead.
      if (!(error as { code?: string }).code) this.#failures.push(`close: ${String(error)}`);
    });
  }

  /** Everything that was acked can be read after a restart, and nothing that nobody sent. */
  async #inherit(): Promise<void> {
    const sink = await this.#start(this.#memory);
    if (!sink) return void this.#failures.push('a healed disk cannot be opened');
    const reader = new SegmentReader(this.#memory);
    const read = new Set<string>();
    for (const segment of sink.readableSegments()) {
      await reader.readNew(segment, async (lines) => {
        for (const { event } of lines) read.add(Buffer.from(event).toString());
        return 0;
      });
    }
    const missing = [...this.#stored].filter((json) => !read.has(json));
    if (missing.length > 0) this.#failures.push(`${missing.length} acked events are lost`);
    for (const json of read) {
      const isKnown = this.#stored.has(json) || this.#offered.has(json);
      if (!isKnown) this.#failures.push(`nobody sent ${json}`);
    }
    await sink.close(1_000);
  }

  /** As the archive does, once it has the events. */
  async #deleteOldest(sink: FileSink): Promise<void> {
    const [oldest] = sink.readableSegments().filter(({ isOpen }) => !isOpen);
    if (!oldest) return;
    const text = Buffer.from((await this.#memory.readFile(oldest.path)) ?? []).toString();
    for (const json of [...this.#stored]) {
      if (!text.includes(json)) continue;
      this.#stored.delete(json);
      this.#offered.add(json);
    }
    await sink.deleteSegment(oldest.name).catch((error: unknown) => {
      if (!(error as { code?: string }).code) this.#failures.push(`delete: ${String(error)}`);
    });
  }

  /** True if all were acked. */
  async #write(sink: FileSink, count: number): Promise<boolean> {
    const events: AcceptedEvent[] = [];
    for (let left = count; left > 0; left--) events.push(acceptedEvent(`w-${++this.#lastNumber}`));
    const texts = events.map(({ bytes }) => Buffer.from(bytes).toString());
    for (const text of texts) this.#offered.add(text);
    const outcomes = await sink.write(events);
    const survivors = this.#witness.survivors();
    for (const [index, { kind }] of outcomes.entries()) {
      const text = texts[index]!;
      if (kind !== 'stored') {
        this.#refusedCount++;
        continue;
      }
      this.#stored.add(text);
      const isSafe = survivors.some((bytes) => bytes.includes(text));
      if (!isSafe) this.#failures.push(`${events[index]!.eventId} is acked and not on the disk`);
    }
    return outcomes.every(({ kind }) => kind === 'stored');
  }

  /** Each start is a process of its own; those before are dead. */
  #nextProcess(): ProcessTable {
    const pid = ++this.#lastPid;
    const self = { pid, startTicks: '5', bootId: 'boot', pidNamespace: 'pid:[1]' };
    return { self, startTicks: (other) => (other === pid ? '5' : null) };
  }
}

/** Memory answers within a turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
