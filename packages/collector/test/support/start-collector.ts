import { onTestFinished } from 'vitest';
import { type CollectorConfig, type CollectorDeps, createCollector } from '../../src/collector.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import type { SourceRecord } from '../../src/sources/source-record.js';

export const shop: SourceRecord = {
  source: 'shop',
  writeKeys: ['shop-key'],
  origins: [],
  allowsCritical: false,
};

export interface PostOptions {
  readonly headers?: Record<string, string>;
  /** With its question mark. */
  readonly query?: string;
  readonly signal?: AbortSignal;
}

/** A collector on free ports with a sink in memory, stopped when the test ends. */
export async function startCollector(
  config: Partial<CollectorConfig> = {},
  deps: Partial<CollectorDeps> = {},
) {
  const sink = new MemorySink();
  const collector = createCollector(
    { sources: [shop], port: 0, adminPort: 0, drainMs: 2_000, ...config },
    { sinks: [sink], ...deps },
  );
  onTestFinished(() => collector.stop());
  const { port, adminPort } = await collector.start();
  const url = `http://127.0.0.1:${port}`;
  const post = (body: string | Uint8Array | object, options: PostOptions = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    return fetch(`${url}/v1/events${options.query ?? ''}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer shop-key',
        ...options.headers,
      },
      body: isRaw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  };
  return { collector, sink, port, adminPort, url, post };
}
