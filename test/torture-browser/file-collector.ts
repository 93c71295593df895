/** The real collector over files, that can be stopped and started on the same port. */
import { join } from 'node:path';
import { type Collector, createCollector, FileSink } from '@holdfast/collector';
import { systemClock } from '@holdfast/server-core/system-clock';
import { SwitchableSink } from '../../packages/holdfast/src/switchable-sink.js';
import { writeKey } from '../../packages/sdk-browser/test/support/test-collector.js';
import { type CountedEvents, countedEvents } from './counted-events.js';

export class FileCollector {
  readonly #folder: string;
  #files: FileSink | undefined;
  #sink: SwitchableSink | undefined;
  #collector: Collector | undefined;
  #port = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#files = new FileSink({ folder: join(this.#folder, 'data') });
    this.#sink = new SwitchableSink(this.#files, systemClock);
    this.#collector = createCollector(
      {
        sources: [{ source: 'test', writeKeys: [writeKey], origins: [], allowsCritical: false }],
        port: this.#port,
        adminPort: 0,
        drainMs: 500,
        retryAfter: { minMs: 1_000, maxMs: 2_000 },
      },
      { sinks: [this.#sink] },
    );
    this.#port = (await this.#collector.start()).port;
  }

  /** It forgets what it has seen, so a copy that comes afterwards is stored a second time. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Its sink takes nothing for so long: 503 with a Retry-After. */
  takeDown(durationMs: number): void {
    this.#sink!.takeDown(durationMs);
  }

  async stop(): Promise<void> {
    await this.#collector?.stop();
    this.#collector = undefined;
  }

  /** What the storage tier counts of all that came. */
  async counted(): Promise<CountedEvents> {
    await this.#files!.checked();
    return countedEvents(this.#files!, join(this.#folder, 'spill'));
  }
}
