import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { ClientCore, type ClientParts } from '../../src/client-core.js';
import type { Diagnostics } from '../../src/emitter.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { CoreOptions } from '../../src/ports.js';
import { ModelCollector } from './model-collector.js';
import { VirtualClock } from './virtual-clock.js';

const defaults: CoreOptions = {
  writeKey: 'dev',
  endpoints: ['http://a'],
  maxQueueBytes: 1_000_000,
  maxEventAgeMs: 30 * 86_400_000,
  flushIntervalMs: 1_000,
  maxBatchEvents: 100,
  maxInFlightBatches: 2,
};

let nextQueue = 0;

/** A client over memory, a virtual clock and a model collector, with its diagnostics recorded. */
export function makeClient(
  options: Partial<CoreOptions> = {},
  parts: Partial<ClientParts> & { readonly seed?: number } = {},
) {
  const clock = (parts.clock as VirtualClock | undefined) ?? new VirtualClock();
  const collector = (parts.transport as ModelCollector | undefined) ?? new ModelCollector(clock);
  const client = new ClientCore({
    options: { ...defaults, ...options },
    clock,
    random: new SeededRandom(parts.seed ?? 1),
    store: new MemoryEventStore(),
    transport: collector,
    queueId: `queue-${nextQueue++}`,
    ...parts,
  });
  const seen: { [Name in keyof Diagnostics]: Diagnostics[Name][] } = {
    stored: [],
    delivered: [],
    rejected: [],
    dropped: [],
    retrying: [],
    error: [],
  };
  for (const name of Object.keys(seen) as (keyof Diagnostics)[]) {
    client.on(name, (detail) => (seen[name] as unknown[]).push(detail));
  }
  const track = (event: string, properties?: Record<string, unknown>) =>
    client.accept({ type: 'track', event, userId: 'u', properties });
  const trackMany = (count: number) => Array.from({ length: count }, (_, n) => track(`event ${n}`));
  return { client, clock, collector, seen, track, trackMany };
}
