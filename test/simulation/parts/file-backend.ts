/** A collector that keeps its events in files of its own: real sink, recovery, archive, manifest. */
import { scanSegment } from '@holdfast/protocol/file-segment';
import { FileSink } from '../../../packages/collector/src/sinks/file/file-sink.js';
import { silentLogger } from '../../../packages/server-core/src/json-logger.js';
import type {
  ProcessIdentity,
  ProcessTable,
} from '../../../packages/server-core/src/process-identity.js';
import { ArchiveLoop } from '../../../packages/storage/src/archive/archive-loop.js';
import { Archiver } from '../../../packages/storage/src/archive/archiver.js';
import type { EventRow } from '../../../packages/storage/src/duckdb/event-row.js';
import type { Life, ProcessClock } from '../models/life.js';
import type { Machine } from '../models/machine.js';
import { ModelConverter } from '../models/model-converter.js';
import type { StorageTier } from '../storage-tier.js';
import { CollectorDisk } from './collector-disk.js';
import type { CollectorRandom } from './collector-random.js';
import type { SinkPair } from './model-server.js';

/** Small and short, so that segments are sealed and archived often. */
const segmentBounds = { maxSegmentBytes: 6_000, maxSegmentAgeMs: 30_000 };
const folder = '/data';

export class FileBackend {
  readonly machine: Machine;
  readonly #storage: StorageTier;
  /** How much of each segment the storage tier was told of. */
  readonly #told = new Map<string, number>();
  readonly #running = new Map<number, string>();
  #lastPid = 100;
  #bootCount = 1;
  #converter: ModelConverter | undefined;
  #archiver: Archiver | undefined;
  #loop: ArchiveLoop | undefined;
  disk: CollectorDisk | undefined;

  constructor(machine: Machine, storage: StorageTier) {
    this.machine = machine;
    this.#storage = storage;
  }

  createSinks(life: Life, clock: ProcessClock, random: CollectorRandom): SinkPair {
    const disk = new CollectorDisk(this.machine, life, (path, bytes) => this.#tell(path, bytes));
    const logger = silentLogger;
    const parts = { ...segmentBounds, disk, clock, random, logger };
    const processes = this.#startProcess(life);
    const sink = new FileSink({ folder, processes, ...parts });
    const deadLetters = new FileSink({ folder: `${folder}/dead-letters`, processes, ...parts });
    const converter = new ModelConverter(disk, sink);
    const archiver = new Archiver({
      folder: `${folder}/archive`,
      segments: sink,
      ...{ converter, disk, newId: () => random.uuid(), onDamaged: () => undefined },
    });
    this.disk = disk;
    this.#converter = converter;
    this.#archiver = archiver;
    this.#loop = new ArchiveLoop({ archiver, segments: sink, clock, onError: () => undefined });
    return { sinks: [sink], deadLetters };
  }

  /** As holdfast-server.ts does once the sinks are open. */
  async started(): Promise<void> {
    await this.#archiver?.recover();
    this.#loop?.start();
  }

  reboot(): void {
    this.#bootCount++;
    this.#running.clear();
    this.#told.clear();
  }

  /** What queries see now. */
  async query(): Promise<EventRow[]> {
    return (await this.#converter?.query()) ?? [];
  }

  #startProcess(life: Life): ProcessTable {
    const pid = ++this.#lastPid;
    const startTicks = String(pid);
    this.#running.set(pid, startTicks);
    life.onDeath(() => this.#running.delete(pid));
    const bootId = `boot-${this.#bootCount}`;
    const self: ProcessIdentity = { pid, startTicks, bootId, pidNamespace: 'pid:[1]' };
    return { self, startTicks: (other) => this.#running.get(other) ?? null };
  }

  #tell(path: string, bytes: Buffer): void {
    if (!path.endsWith('.seg')) return;
    const from = this.#told.get(path) ?? 0;
    const isDead = path.includes('dead-letters');
    const { validEnd } = scanSegment(bytes.subarray(from), (line) => {
      if (!isDead) this.#storage.takeLine(line);
      else this.#storage.takeDeadLetter(deadIdOf(line.headersJson));
    });
    this.#told.set(path, from + validEnd);
  }
}

function deadIdOf(headersJson: string): string {
  return (JSON.parse(headersJson) as { ce_id?: string }).ce_id ?? '';
}
