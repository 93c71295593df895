/** The life of the archive on a disk that fails at one point: its manifest is the only truth. */

import { FileSink } from '../../../packages/collector/src/sinks/file/file-sink.js';
import { acceptedEvent } from '../../../packages/collector/test/support/accepted-event.js';
import type { Disk } from '../../../packages/server-core/src/disk/disk.js';
import { FakeClock } from '../../../packages/server-core/test/support/fake-clock.js';
import { MemoryDisk } from '../../../packages/server-core/test/support/memory-disk.js';
import { Archiver } from '../../../packages/storage/src/archive/archiver.js';
import { parseManifest } from '../../../packages/storage/src/archive/manifest.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { dataFolder, processTable } from '../corruption/left-segments.js';
import { DiskWitness } from './disk-witness.js';
import type { FaultInjector } from './fault-injector.js';
import { ListConverter } from './list-converter.js';
import type { LifeOptions, LifeReport } from './queue-life.js';

const archive = `${dataFolder}/archive`;
const manifestPath = `${archive}/manifest.json`;
const rounds = 5;
/** A loop tries again after a failure; on a healed disk a few runs archive everything. */
const maxRuns = 8;

export async function liveArchive(
  injector: FaultInjector,
  options: LifeOptions,
): Promise<LifeReport> {
  return new ArchiveLife(injector, options).live();
}

class ArchiveLife {
  readonly #injector: FaultInjector;
  readonly #options: LifeOptions;
  readonly #failures: string[] = [];
  readonly #written = new Set<string>();
  readonly #memory = new MemoryDisk();
  readonly #witness = new DiskWitness(this.#memory);
  #lastNumber = 0;
  #lastId = 0;
  /** Runs that failed. */
  #refusedCount = 0;

  constructor(injector: FaultInjector, options: LifeOptions) {
    this.#injector = injector;
    this.#options = options;
  }

  async live(): Promise<LifeReport> {
    const sink = await this.#openSink(101);
    const disk = this.#witness.watch(this.#injector.disk(this.#memory));
    const archiver = this.#openArchiver(sink, disk);
    await this.#attempt(() => archiver.recover());
    for (let round = 0; round < rounds; round++) {
      await this.#write(sink);
      await this.#attempt(() => archiver.archiveSealed());
    }
    if (this.#options.ending === 'healed') await this.#archiveRest(archiver, sink);
    this.#injector.kill();
    await sink.close(1_000);
    await this.#inherit();
    return {
      failures: [...this.#failures, ...this.#witness.offences],
      failedSyncs: this.#witness.failedSyncs,
      storedCount: this.#written.size,
      refusedCount: this.#refusedCount,
    };
  }

  async #openSink(pid: number): Promise<FileSink> {
    const sink = new FileSink({
      ...{ folder: dataFolder, disk: this.#guardRemovals(this.#memory), clock: new FakeClock() },
      random: new SeededRandom(this.#options.seed + pid),
      processes: processTable(pid, false),
      maxSegmentBytes: 1,
    });
    await sink.open();
    await sink.checked();
    return sink;
  }

  #openArchiver(sink: FileSink, disk: Disk): Archiver {
    return new Archiver({
      ...{ folder: archive, segments: sink, disk },
      converter: new ListConverter(sink, disk),
      newId: () => `file-${++this.#lastId}`,
      onDamaged: (segment) => this.#failures.push(`${segment} is called damaged`),
    });
  }

  async #write(sink: FileSink): Promise<void> {
    for (let count = 0; count < 2; count++) {
      const event = acceptedEvent(`w-${++this.#lastNumber}`);
      const [outcome] = await sink.write([event]);
      if (outcome?.kind !== 'stored') this.#failures.push('the sink took not all');
      this.#written.add(Buffer.from(event.bytes).toString());
    }
  }

  /** The same archiver goes on by itself once the disk is healed. */
  async #archiveRest(archiver: Archiver, sink: FileSink): Promise<void> {
    this.#injector.heal();
    let isDone = false;
    for (let run = 0; run < maxRuns && !isDone; run++) {
      isDone = (await this.#attempt(() => archiver.archiveSealed())) === 0;
    }
    const left = sink.readableSegments().filter(({ isOpen }) => !isOpen);
    if (left.length > 0) this.#failures.push(`${left.length} segments are never archived`);
  }

  /** An error of the disk is what a failing disk may give; the loop tries again. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const { code, stack } = error as { code?: string; stack?: string };
      if (!code) this.#failures.push(String(stack ?? error));
      this.#refusedCount++;
      return undefined;
    }
  }

  /** Each event is in a file that the manifest names, once, or in a segment that it does not. */
  async #inherit(): Promise<void> {
    const sink = await this.#openSink(102);
    const archiver = this.#openArchiver(sink, this.#memory);
    await archiver.recover();
    const { files, segments } = parseManifest(await this.#text(manifestPath));
    const seen: string[] = [];
    for (const file of files) {
      const lines = (await this.#text(`${archive}/${file.path}`)).split('\n');
      seen.push(...lines.filter((line) => line !== ''));
    }
    if (new Set(seen).size < seen.length) this.#failures.push('an event is archived twice');
    for (const { name, path } of sink.readableSegments()) {
      if (segments.includes(name)) continue;
      const text = await this.#text(path);
      seen.push(...[...this.#written].filter((event) => text.includes(event)));
    }
    const missing = [...this.#written].filter((event) => !seen.includes(event));
    if (missing.length > 0) this.#failures.push(`${missing.length} events are lost`);
    if (seen.length > this.#written.size) this.#failures.push('an event is counted twice');
    await sink.close(1_000);
  }

  async #text(path: string): Promise<string> {
    return Buffer.from((await this.#memory.readFile(path)) ?? []).toString();
  }

  /** A segment goes only once a power cut would leave a manifest that names it. */
  #guardRemovals(disk: MemoryDisk): Disk {
    const remove = async (path: string) => {
      if (path.endsWith('.seg')) this.#checkRemoval(path);
      await disk.remove(path);
    };
    return new Proxy<Disk>(disk, {
      get: (target, name: keyof Disk) => {
        if (name === 'remove') return remove;
        const method = target[name] as (...args: unknown[]) => unknown;
        return method.bind(target);
      },
    });
  }

  #checkRemoval(path: string): void {
    const manifest = this.#witness.survivor(manifestPath)?.toString();
    const isNamed = manifest?.includes(path.slice(path.lastIndexOf('/') + 1)) === true;
    if (!isNamed) this.#failures.push(`${path} is deleted before its manifest is durable`);
  }
}
