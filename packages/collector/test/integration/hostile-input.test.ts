/**
 * What a collector must withstand, one test for each line of the list: never a crash, never a
 * silent change of the data. After each of them a sound batch is taken.
 */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { limits } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shop, startCollector } from '../support/start-collector.js';
import { batchOf, trackEvent } from '../support/track-event.js';

const page = 'https://shop.example';
const bombSize = 200_000_000;
const bombs = {
  gzip: gzipSync(Buffer.alloc(bombSize)),
  br: brotliCompressSync(Buffer.alloc(bombSize), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5 },
  }),
};
let collector: Awaited<ReturnType<typeof startCollector>>;

beforeEach(async () => {
  collector = await startCollector({ sources: [{ ...shop, origins: [page] }] });
});

afterEach(async () => {
  expect((await collector.post(batchOf('sound'))).status).toBe(200);
  expect(collector.sink.events.at(-1)?.eventId).toBe('sound');
});

/** `status code` of a refused batch, or the codes of its rejected events. */
async function verdict(
  body: string | Uint8Array | object,
  options: { headers?: Record<string, string>; query?: string } = {},
): Promise<string> {
  const answer = await collector.post(body, options);
  const { code, rejected } = (await answer.json()) as {
    code?: string;
    rejected?: { code: string }[];
  };
  if (answer.status !== 200) return `${answer.status} ${code}`;
  return rejected!.map((event) => event.code).join(' ');
}

/** The verdict on a batch of a sound event and this one: the sound one is always taken. */
async function eventVerdict(json: string): Promise<string> {
  const neighbour = `neighbour-${collector.sink.events.length}`;
  const body = `{"events":[${JSON.stringify(trackEvent(neighbour))},${json}]}`;
  const code = await verdict(body);
  expect(collector.sink.events.at(-1)?.eventId).toBe(neighbour);
  return code;
}

const withMember = (json: string) => JSON.stringify(trackEvent('e')).replace(/}$/, `,${json}}`);

describe('the collector answers', () => {
  it('a wrong or missing key with 401', async () => {
    const authorization = (value: string) => ({ headers: { authorization: value } });
    expect(await verdict(batchOf('a'), authorization('Bearer wrong'))).toBe(
      '401 unknown_write_key',
    );
    expect(await verdict(batchOf('a'), authorization(''))).toBe('401 missing_write_key');
  });

  it('a wrong origin with 403', async () => {
    expect(await verdict(batchOf('a'), { headers: { origin: page } })).toBe('');
    const headers = { origin: 'https://evil.example' };
    expect(await verdict(batchOf('b'), { headers })).toBe('403 origin_not_allowed');
  });

  it('what is not JSON with 400', async () => {
    for (const body of [
      '',
      'x',
      '{',
      '{"events":[}',
      '<html>',
      '{"events":[]}}',
      "{'events':[]}",
    ]) {
      expect(await verdict(body)).toBe('400 invalid_json');
    }
  });

  it('invalid UTF-8 with 400', async () => {
    const body = Buffer.from(JSON.stringify(batchOf('a')));
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
    ]) {
      const broken = Buffer.concat([body.subarray(0, 20), Buffer.from(bytes), body.subarray(20)]);
      expect(await verdict(broken)).toBe('400 invalid_utf8');
    }
  });

  it('an event that is too deep with rejected, a million levels too', async () => {
    expect(await eventVerdict(withMember(`"a":${'['.repeat(32)}${']'.repeat(32)}`))).toBe(
      'too_deep',
    );
    const levels = 15_000;
    const deep = withMember(`"a":${'['.repeat(levels)}${']'.repeat(levels)}`);
    expect(await eventVerdict(deep)).toBe('too_deep');
    const open = gzipSync(`{"events":[${'['.repeat(900_000)}`);
    expect(await verdict(open, { query: '?compression=gzip' })).toBe('400 invalid_json');
  });

  it('an event with too many keys with rejected', async () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `"k${i}":0`).join(',');
    expect(await eventVerdict(withMember(`"a":{${keys}}`))).toBe('too_many_keys');
  });

  it('__proto__ as a key with rejected, however it is spelled and wherever it stands', async () => {
    for (const json of [
      '"__proto__":{"isAdmin":true}',
      '"\\u005f\\u005fproto\\u005f\\u005f":1',
      '"__prot\\u006f__":1',
      '"properties":{"a":[{"__proto__":null}]}',
    ]) {
      expect(await eventVerdict(withMember(json))).toBe('forbidden_key');
    }
  });

  it('repeated keys with rejected, and with 400 in the batch', async () => {
    expect(await eventVerdict(withMember('"userId":"other"'))).toBe('repeated_key');
    expect(await eventVerdict(withMember('"user\\u0049d":"other"'))).toBe('repeated_key');
    expect(await verdict('{"events":[],"events":[]}')).toBe('400 invalid_batch');
  });

  it('numbers that overflow with rejected', async () => {
    expect(await eventVerdict(withMember('"n":1e999'))).toBe('number_out_of_range');
    expect(await eventVerdict(withMember('"properties":{"n":[-1e309]}'))).toBe(
      'number_out_of_range',
    );
  });

  it('bad timestamps with rejected', async () => {
    for (const timestamp of [
      '',
      'now',
      '2026-02-29T00:00:00Z',
      '2026-11-23',
      1_795_000_000_000,
      null,
    ]) {
      const event = JSON.stringify(trackEvent('e', { timestamp }));
      expect(await eventVerdict(event)).toBe('invalid_timestamp');
    }
  });

  it('missing fields with rejected', async () => {
    for (const name of ['type', 'eventId', 'timestamp', 'event', 'userId']) {
      const event = JSON.stringify(trackEvent('e', { [name]: undefined }));
      expect(await eventVerdict(event)).toBe('missing_field');
    }
  });

  it('a body that is too large with 413', async () => {
    expect(await verdict('x'.repeat(limits.maxWireBytes + 1))).toBe('413 body_too_large');
    const events = new Array(limits.maxBatchEvents + 1).fill(trackEvent('a'));
    expect(await verdict({ events })).toBe('413 too_many_events');
    const text = 'x'.repeat(limits.maxEventBytes);
    expect(await eventVerdict(withMember(`"properties":{"text":"${text}"}`))).toBe('too_large');
  });

  it('a wrong type with 415', async () => {
    for (const type of ['', 'text/html', 'application/x-www-form-urlencoded', 'json']) {
      const headers = { 'content-type': type };
      expect(await verdict(batchOf('a'), { headers })).toBe('415 unsupported_media_type');
    }
  });

  it('a compression bomb with 413, before it is inflated past the limit', async () => {
    expect(bombs.br.length).toBeLessThan(1_000);
    for (const [compression, bomb] of Object.entries(bombs)) {
      const before = process.memoryUsage().rss;
      const startMs = performance.now();
      const query = `?compression=${compression}`;
      expect(await verdict(bomb, { query })).toBe('413 inflated_too_large');
      expect(performance.now() - startMs).toBeLessThan(1_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(bombSize / 4);
    }
  });

  it('every event that it takes with its very bytes in the sink', async () => {
    const texts = [
      '{"z":1,"type":"track","eventId":"b1","timestamp":"2026-11-23T10:00:00Z","event":"x","userId":"u"}',
      '{ "eventId" :\t"b2", "type":"heartbeat","timestamp":"2026-11-23T10:00:00.10+00:00","n":1.50,"m":1E2 }',
      '{"type":"heartbeat","eventId":"b3","timestamp":"2026-11-23T10:00:00Z","s":"\\u00e9\\/é\\u0000😀","big":12345678901234567890}',
      '{"type":"heartbeat","eventId":"b4","timestamp":"2026-11-23T10:00:00Z","a":{"b":1,"b":2},"":null}',
    ];
    expect(await verdict(`{"events":[${texts.join(',\n')}]}`)).toBe('');
    expect(collector.sink.events.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts);
  });
});
