import { describe, expect, it } from 'vitest';
import { type AnalyticsOptions, coreOptions } from './options.js';

const least = { writeKey: 'dev', endpoint: 'http://127.0.0.1:8080/' };

describe('coreOptions', () => {
  it('fills in what is left out', () => {
    expect(coreOptions(least)).toMatchObject({
      writeKey: 'dev',
      endpoints: ['http://127.0.0.1:8080'],
      maxQueueBytes: 50_000_000,
      maxEventAgeMs: 30 * 86_400_000,
    });
  });

  it('takes several endpoints, paths and own limits', () => {
    const options = coreOptions({
      writeKey: 'dev',
      endpoint: ['https://a.example/collect/', '/same-origin'],
      maxBatchEvents: 500,
      flushIntervalMs: 1,
    });
    expect(options).toMatchObject({
      endpoints: ['https://a.example/collect', `${location.origin}/same-origin`],
      maxBatchEvents: 500,
      flushIntervalMs: 1,
    });
  });

  it('takes the longest write key that a collector takes', () => {
    const writeKey = 'k'.repeat(256);
    expect(coreOptions({ ...least, writeKey })).toMatchObject({ writeKey });
  });

  it('takes a path with an @ in it', () => {
    const endpoint = 'https://a.example/@collect/';
    expect(coreOptions({ ...least, endpoint }).endpoints).toEqual(['https://a.example/@collect']);
  });

  it.each([undefined, null, {}])('says of %s that a writeKey is missing', (options) => {
    expect(() => coreOptions(options as unknown as AnalyticsOptions)).toThrow(
      expect.objectContaining({
        code: 'invalid_options',
        message: expect.stringContaining('writeKey'),
      }),
    );
  });

  it.each([
    ['writeKey', { writeKey: '' }],
    ['writeKey', { writeKey: undefined }],
    ['writeKey', { writeKey: 'two words' }],
    ['writeKey', { writeKey: 'line\n' }],
    ['writeKey', { writeKey: 'clé' }],
    ['writeKey', { writeKey: 'k'.repeat(257) }],
    ['endpoint', { endpoint: [] }],
    ['endpoint', { endpoint: ['https://a.example', ''] }],
    ['endpoint', { endpoint: undefined }],
    ['endpoint', { endpoint: 'http://127.0.0.1:99999' }],
    ['endpoint', { endpoint: 'localhost:8080' }],
    ['endpoint', { endpoint: ['https://a.example', 'ftp://a.example'] }],
    ['endpoint', { endpoint: 'https://user:secret@a.example' }],
    ['endpoint', { endpoint: '/collect?region=eu' }],
    ['endpoint', { endpoint: '/collect#eu' }],
    ['durability', { durability: 'disk' }],
    ['durability', { durability: null }],
    ['consent', { consent: 'deny' }],
    ['maxQueueBytes', { maxQueueBytes: 0 }],
    ['maxEventAgeMs', { maxEventAgeMs: Number.NaN }],
    ['flushIntervalMs', { flushIntervalMs: -1 }],
    ['maxBatchEvents', { maxBatchEvents: 501 }],
    ['maxBatchEvents', { maxBatchEvents: 'many' }],
  ])('names the option %s that cannot work', (name, changes) => {
    const options = { ...least, ...changes } as unknown as AnalyticsOptions;
    expect(() => coreOptions(options)).toThrow(
      expect.objectContaining({ code: 'invalid_options', message: expect.stringContaining(name) }),
    );
  });
});
