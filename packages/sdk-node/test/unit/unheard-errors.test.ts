import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AnalyticsOptions, createAnalytics, type NodeAnalytics } from '../../src/index.js';

let client: NodeAnalytics;
const warn = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);

afterEach(async () => {
  vi.restoreAllMocks();
  await client.shutdown({ timeoutMs: 1 });
});

/** A client that can make no folder. */
function open(changes: Partial<AnalyticsOptions> = {}): NodeAnalytics {
  const options = { writeKey: 'key-1', endpoint: 'http://127.0.0.1:1', queueDir: '/dev/null/none' };
  client = createAnalytics({ ...options, ...changes });
  return client;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('errors that nobody listens to', () => {
  it('are said once, as a warning of the process', async () => {
    const warned = warn();
    open({ endpoint: 'http://127.0.0.1:1/v1/events' }).track({ userId: 'u', event: 'E' });
    await client.stored();
    expect(warned).toHaveBeenCalledTimes(1);
    const [message, options] = warned.mock.calls[0]! as unknown as [string, object];
    expect(message).toMatch(/events are in memory alone \(storage_unavailable\).*on\('error'/);
    expect(options).toEqual({ type: 'HoldfastWarning', code: 'storage_unavailable' });
  });

  it('are not said where somebody listens', async () => {
    const warned = warn();
    const heard: string[] = [];
    open().on('error', ({ code }) => heard.push(code));
    await turn();
    expect(heard).toEqual(['storage_unavailable']);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('an endpoint with the path that the SDK appends', () => {
  it('is taken without it, and that is told', async () => {
    const told: string[] = [];
    const endpoint = ['https://a.example/v1/events', 'unix:/run/v1/events', 'https://b.example/'];
    open({ durability: 'memory', endpoint }).on('error', ({ code, message }) => {
      told.push(`${code}: ${message}`);
    });
    await turn();
    expect(told).toEqual([
      'invalid_options: endpoint https://a.example/v1/events: the SDK appends /v1/events itself; https://a.example is taken',
    ]);
  });
});
