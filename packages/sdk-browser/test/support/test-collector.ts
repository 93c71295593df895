/** The real collector over a sink in memory, that can be stopped and started on the same port. */
import { type Collector, createCollector, MemorySink } from '@holdfast/collector';

export const writeKey = 'test-key';

export class TestCollector {
  /** Outlives restarts, unlike what the collector remembers of duplicates. */
  readonly sink = new MemorySink();
  #collector: Collector | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The eventIds of all events but reports, as they arrived; what came twice is there twice. */
  get eventIds(): string[] {
    return this.events.map((event) => event.eventId);
  }

  get events(): { eventId: string; [member: string]: unknown }[] {
    return this.sink.events
      .map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)))
      .filter((event) => event.type !== 'report');
  }

  async start(): Promise<void> {
    this.#collector = createCollector(
      {
        sources: [{ source: 'test', writeKeys: [writeKey], origins: [], allowsCritical: false }],
        port: this.#port,
        adminPort: 0,
        drainMs: 500,
        retryAfter: { minMs: 1_000, maxMs: 1_000 },
      },
      { sinks: [this.sink] },
    );
    this.#port = (await this.#collector.start()).port;
  }

  async stop(): Promise<void> {
    await this.#collector?.stop();
    this.#collector = undefined;
  }
}
