import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, createCollector, FileSink } from '@holdfast/collector';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';

const sources = [{ source: 'test', writeKeys: ['key-1'], origins: [], allowsCritical: true }];

/** A real collector with its file sink, started and stopped as often as a test likes. */
export class CollectorFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-collector-'));
  #collector: Collector | undefined;

  /** Starts it on the port it had before, or a free one; returns its URL. */
  async start(port = 0): Promise<string> {
    const retryAfter = { minMs: 100, maxMs: 300 };
    const config = { sources, port, adminPort: 0, drainMs: 2_000, retryAfter };
    this.#collector = createCollector(config, { sinks: [new FileSink({ folder: this.folder })] });
    const bound = await this.#collector.start();
    return `http://127.0.0.1:${bound.port}`;
  }

  async stop(): Promise<void> {
    await this.#collector?.stop();
    this.#collector = undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The events in its segments, as their JSON stands there, copies included. */
  texts(): string[] {
    const segments = join(this.folder, 'segments');
    const texts: string[] = [];
    for (const name of readdirSync(segments).filter(isSegmentName)) {
      scanSegment(readFileSync(join(segments, name)), ({ event }) => {
        texts.push(Buffer.from(event).toString());
      });
    }
    return texts;
  }

  events(): { eventId: string; properties: unknown; queue: { id: string; seq: number } }[] {
    return this.texts().map((json) => JSON.parse(json));
  }

  eventIds(): string[] {
    return this.events().map(({ eventId }) => eventId);
  }
}
