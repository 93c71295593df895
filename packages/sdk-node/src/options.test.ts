import { AnalyticsError } from '@holdfast/sdk-core';
import { describe, expect, it } from 'vitest';
import { type AnalyticsOptions, coreOptions } from './options.js';

const valid: AnalyticsOptions = { writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' };

function faultsOf(options: unknown): string {
  try {
    coreOptions(options as AnalyticsOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(AnalyticsError);
    expect((error as AnalyticsError).code).toBe('invalid_options');
    return (error as AnalyticsError).message;
  }
  return '';
}

describe('options', () => {
  it('need no more than a write key and an endpoint', () => {
    expect(coreOptions(valid)).toEqual({
      writeKey: 'dev',
      endpoints: ['http://127.0.0.1:8080'],
      beforeStore: undefined,
      maxQueueBytes: 1_073_741_824,
      maxEventAgeMs: 2_592_000_000,
      flushIntervalMs: 1_000,
      maxBatchEvents: 500,
      maxInFlightBatches: 4,
    });
  });

  it('take several endpoints, with a path prefix, without the slash at their end', () => {
    const endpoint = ['https://a.example/collect/', 'https://b.example'];
    const { endpoints } = coreOptions({ ...valid, endpoint });
    expect(endpoints).toEqual(['https://a.example/collect', 'https://b.example']);
  });

  it('take an endpoint with the path that the SDK appends', () => {
    const endpoint = ['https://a.example/v1/events', 'https://b.example/collect/v1/events/'];
    const { endpoints } = coreOptions({ ...valid, endpoint });
    expect(endpoints).toEqual(['https://a.example', 'https://b.example/collect']);
  });

  it.each([
    ['debug', 'isDebug'],
    ['flushAt', 'maxBatchEvents'],
    ['host', 'endpoint'],
    ['api_host', 'endpoint'],
    ['dataPlaneUrl', 'endpoint'],
    ['apiKey', 'writeKey'],
    ['write_key', 'writeKey'],
    ['flushInterval', 'flushIntervalMs'],
    ['queuedir', 'queueDir'],
  ])('of other SDKs are told by their name here: %s', (name, meant) => {
    expect(faultsOf({ ...valid, [name]: 1 })).toBe(`${name} is no option: did you mean ${meant}?`);
  });

  it.each(['ada:s3cret@proxy:3128', 'socks5://ada:s3cret@proxy:1', 'http://ada:s3cret@pro xy:1'])(
    'are told without a password: %s',
    (proxy) => expect(faultsOf({ ...valid, proxy })).not.toContain('s3cret'),
  );

  it('that are undefined and needed are said to be missing', () => {
    const faults = faultsOf({ writeKey: undefined, endpoint: undefined });
    const missing = (name: string) => `${name} is missing: is the variable set?`;
    expect(faults).toBe(`${missing('writeKey')}; ${missing('endpoint')}`);
  });

  it('take the Unix socket of a collector on the same machine', () => {
    const endpoint = ['unix:/run/holdfast/collector.sock', 'https://b.example'];
    expect(coreOptions({ ...valid, endpoint }).endpoints).toEqual(endpoint);
  });

  it.each([
    ['writeKey', { writeKey: '' }],
    ['writeKey', { writeKey: undefined }],
    ['writeKey', { writeKey: 'two words' }],
    ['writeKey', { writeKey: 'line\nbreak' }],
    ['writeKey', { writeKey: 'clé' }],
    ['writeKey', { writeKey: 'ключ' }],
    ['writeKey', { writeKey: 'k'.repeat(257) }],
    ['endpoint', { endpoint: undefined }],
    ['endpoint', { endpoint: [] }],
    ['endpoint', { endpoint: 'collector.example' }],
    ['endpoint', { endpoint: ['http://ok.example', 'ftp://no.example'] }],
    ['endpoint', { endpoint: 'http://a.example/?x=1' }],
    ['endpoint', { endpoint: 'unix:' }],
    ['endpoint', { endpoint: 'unix:run/collector.sock' }],
    ['durability', { durability: 'eternal' }],
    ['encoding', { encoding: 'xml' }],
    ['queueDir', { queueDir: '' }],
    ['queueDir', { queueDir: 7 }],
    ['maxQueueBytes', { maxQueueBytes: 0 }],
    ['maxQueueBytes', { maxQueueBytes: Number.NaN }],
    ['maxEventAgeMs', { maxEventAgeMs: -1 }],
    ['flushIntervalMs', { flushIntervalMs: '1s' }],
    ['maxBatchEvents', { maxBatchEvents: 501 }],
    ['maxBatchEvents', { maxBatchEvents: 1.5 }],
    ['beforeStore', { beforeStore: true }],
    ['waitUntil', { waitUntil: {} }],
    ['flushOnSignals', { flushOnSignals: 'yes' }],
    ['isDebug', { isDebug: 1 }],
    ['writekey', { writekey: 'dev' }],
  ])('name %s when it is wrong: %j', (name, changes) => {
    expect(faultsOf({ ...valid, ...changes })).toContain(name);
  });

  it('are told all their faults at once', () => {
    const faults = faultsOf({ endpoint: 'x', durability: 'y', maxBatchEvents: 0, colour: 'red' });
    for (const name of ['writeKey', 'endpoint', 'durability', 'maxBatchEvents', 'colour']) {
      expect(faults).toContain(name);
    }
  });

  it('must be an object', () => {
    expect(faultsOf(undefined)).toContain('writeKey');
    expect(faultsOf(null)).toContain('writeKey');
  });
});
