import { gunzipSync } from 'node:zlib';
import type { SeenRequest } from '../../packages/sdk-browser/test/support/fault-proxy.js';

interface SentBatch {
  readonly events: readonly { readonly eventId: string; readonly properties?: { run?: string } }[];
}

/** How often the collector got an event that it had got before, by run. */
export function sentCopies(requests: readonly SeenRequest[]): Map<string, number> {
  const seen = new Set<string>();
  const copies = new Map<string, number>();
  for (const request of requests.filter(({ wasForwarded }) => wasForwarded)) {
    for (const { eventId, properties } of sentBatch(request).events) {
      const run = properties?.run;
      if (run !== undefined && seen.has(eventId)) copies.set(run, (copies.get(run) ?? 0) + 1);
      seen.add(eventId);
    }
  }
  return copies;
}

function sentBatch({ method, url, body }: SeenRequest): SentBatch {
  if (method !== 'POST') return { events: [] };
  const isGzip = url.searchParams.get('compression') === 'gzip';
  return JSON.parse((isGzip ? gunzipSync(body) : body).toString()) as SentBatch;
}
