import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@holdfast/server-core/ports';
import { systemClock } from '@holdfast/server-core/system-clock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueryStore } from '../../src/duckdb/query-store.js';
import { storageLimits } from '../../src/limits.js';
import type { Ledger } from '../../src/query/answers.js';
import { isQuery, QueryApi } from '../../src/query/query-api.js';
import { acceptedEvent, SegmentFolder } from '../support/segment-folder.js';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const clock: Clock = { ...systemClock, nowMs: () => nowMs };

let folder: string;
let events: SegmentFolder;
let deadLetters: SegmentFolder;
let store: QueryStore;
let server: Server;
let base: string;
let isLoopbackOnly: boolean;
const errors: unknown[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-query-'));
  events = new SegmentFolder(join(folder, 'events'));
  deadLetters = new SegmentFolder(join(folder, 'dead'));
  store = await QueryStore.open({ events, deadLetters, spillFolder: join(folder, 'spill'), clock });
  isLoopbackOnly = true;
  errors.length = 0;
  const onError = (error: unknown) => errors.push(error);
  server = createServer((incoming, response) => {
    const api = new QueryApi({ store, clock, isLoopbackOnly, onError });
    const url = new URL(`http://localhost${incoming.url}`);
    if (isQuery(incoming, url)) api.handle(incoming, response, url);
    else response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  expect(errors).toEqual([]);
});

// biome-ignore lint/suspicious/noExplicitAny: answers are compared as a whole.
async function get(path: string): Promise<any> {
  const response = await fetch(base + path);
  return { status: response.status, ...((await response.json()) as object) };
}

const queued = (id: string, seq: number, eventId = `${id}.${seq}`) =>
  acceptedEvent({ eventId, event: 'Tick', queue: { id, seq } });

const report = (
  eventId: string,
  queueId: string,
  reporter: string,
  dropped: object,
  more: { lastSeq?: number; droppedSeqs?: object; rejectedSeqs?: object } = {},
) =>
  acceptedEvent({ eventId, type: 'report', properties: { queueId, reporter, dropped, ...more } });

describe('counts', () => {
  it('counts each event once, whatever copies the segments hold', async () => {
    events.write(queued('q', 1), queued('q', 2), queued('q', 1));
    events.seal();
    events.write(queued('q', 2), acceptedEvent({ eventId: 'x', event: 'Order' }));
    expect(await get('/v1/metrics/top?by=event')).toEqual({
      status: 200,
      by: 'event',
      total: 3,
      rows: [
        { value: 'Tick', count: 2 },
        { value: 'Order', count: 1 },
      ],
    });
  });

  it('tells the same eventId of two sources and of two days apart', async () => {
    events.write(
      acceptedEvent({ eventId: 'a', event: 'E' }),
      acceptedEvent({ eventId: 'a', event: 'E' }, { source: 'other' }),
      acceptedEvent({ eventId: 'a', event: 'E', timestamp: '2026-11-24T10:00:00Z' }),
    );
    expect((await get('/v1/metrics/top')).total).toBe(3);
    expect((await get('/v1/metrics/top?source=other')).total).toBe(1);
    expect((await get('/v1/metrics/top?by=source')).rows).toEqual([
      { value: 'dev', count: 2 },
      { value: 'other', count: 1 },
    ]);
  });

  it('takes the copy that was received first, wherever it stands', async () => {
    events.write(
      acceptedEvent({ eventId: 'a', event: 'Later' }, { receivedAtMs: 2_000 }),
      acceptedEvent({ eventId: 'a', event: 'First' }, { receivedAtMs: 1_000 }),
    );
    expect((await get('/v1/metrics/top')).rows).toEqual([{ value: 'First', count: 1 }]);
    const { events: listed } = await get('/v1/events');
    expect(listed).toHaveLength(1);
    expect(listed[0].event.event).toBe('First');
  });

  it('shows at once what was written since the last answer', async () => {
    expect((await get('/v1/metrics/top')).total).toBe(0);
    events.write(queued('q', 1));
    expect((await get('/v1/metrics/top')).total).toBe(1);
    expect((await get('/v1/metrics/top')).total).toBe(1);
  });

  it('puts events into intervals by their own timestamps, empty ones included', async () => {
    const at = (eventId: string, timestamp: string, event = 'Tick') =>
      acceptedEvent({ eventId, timestamp, event });
    events.write(
      at('1', '2026-11-23T09:59:59.999Z'),
      at('2', '2026-11-23T10:00:00Z'),
      at('3', '2026-11-23T15:30:00.5+05:30'),
      at('4', '2026-11-23T10:02:00Z'),
      at('5', '2026-11-23T10:02:30Z', 'Tock'),
      at('6', '2026-11-23T10:03:00Z'),
    );
    const range = 'interval=1m&from=2026-11-23T10:00:00Z&to=2026-11-23T10:03:00Z';
    expect(await get(`/v1/metrics/series?event=Tick&${range}`)).toEqual({
      status: 200,
      event: 'Tick',
      intervalMs: 60_000,
      points: [
        { at: '2026-11-23T10:00:00.000Z', count: 2 },
        { at: '2026-11-23T10:01:00.000Z', count: 0 },
        { at: '2026-11-23T10:02:00.000Z', count: 1 },
      ],
    });
    const { points } = await get('/v1/metrics/series?interval=1h');
    expect(points).toHaveLength(60);
    expect(points.at(-3)).toEqual({ at: '2026-11-23T10:00:00.000Z', count: 5 });
  });
});

describe('latest events', () => {
  it('lists them latest first, page by page, each once', async () => {
    for (let n = 1; n <= 5; n++) {
      events.write(
        acceptedEvent({ eventId: `e${n}`, event: 'E' }, { receivedAtMs: n < 4 ? 1_000 : n }),
      );
    }
    events.write(acceptedEvent({ eventId: 'e2', event: 'E' }, { receivedAtMs: 1_000 }));
    const ids: string[] = [];
    let after = '';
    for (let page = 0; page < 4; page++) {
      const answer = await get(`/v1/events?limit=2${after}`);
      ids.push(...answer.events.map((e: { event: { eventId: string } }) => e.event.eventId));
      if (answer.next === null) break;
      after = `&after=${answer.next}`;
    }
    expect(ids).toEqual(['e3', 'e2', 'e1', 'e5', 'e4']);
  });

  it('gives back the very bytes of an event, whatever JSON allows', async () => {
    const deep = `${'['.repeat(30)}${']'.repeat(30)}`;
    const text =
      '{ "type":"track","eventId":"odd","timestamp":"2026-11-23T10:00:00Z",\t"event":"a\\u0000b",' +
      `"properties":{"big":123456789012345678901234567890,"x":1e999,"lone":"\\ud800","e":1.0E+2,` +
      `"__proto__":{"polluted":1},"deep":${deep},"text":"\ufeff€\u2028😀"}}`;
    events.write(acceptedEvent({ eventId: 'odd' }, { text }));
    const body = await (await fetch(`${base}/v1/events`)).text();
    expect(body).toContain(text);
    const { rows } = await get('/v1/metrics/top');
    expect(rows).toEqual([{ value: 'a\u0000b', count: 1 }]);
  });
});

describe('the ledger', () => {
  const ledgerOf = async (query = ''): Promise<Ledger> => get(`/v1/ledger${query}`);

  it('adds up: tracked = counted + copied + rejected + dropped + missing', async () => {
    events.write(...[1, 2, 3, 6, 9].map((seq) => queued('q', seq)), queued('q', 3));
    events.write(report('r1', 'q', 'q', { queue_full: 1, filtered: 1 }));
    events.write(report('r2', 'q', 'q', { queue_full: 2, filtered: 1 }));
    deadLetters.write(
      acceptedEvent(
        { eventId: 'q.4', queue: { id: 'q', seq: 4 } },
        { headers: { hf_code: 'missing_field', hf_detail: 'event' } },
      ),
    );
    const { queues, totals, storedCopies } = await ledgerOf();
    expect(queues).toMatchObject([
      {
        queueId: 'q',
        tracked: 9,
        counted: 5,
        rejected: 1,
        dropped: 3,
        missing: 0,
        droppedBy: { queue_full: 2, filtered: 1 },
        gaps: [
          [5, 5],
          [7, 8],
        ],
      },
    ]);
    expect(totals).toEqual({
      ...{ tracked: 9, counted: 5, copied: 0, rejected: 1, dropped: 3, missing: 0 },
    });
    expect(storedCopies).toBe(1);
  });

  it('shows a loss that nobody reported as missing numbers', async () => {
    events.write(queued('q', 3), queued('q', 7));
    const { queues } = await ledgerOf();
    expect(queues[0]).toMatchObject({ tracked: 7, counted: 2, missing: 5 });
    expect(queues[0]!.gaps).toEqual([
      [1, 2],
      [4, 6],
    ]);
  });

  it('does not take drops at the end of a queue for a loss in its middle', async () => {
    for (const seq of [1, 2, 3, 4, 5, 6, 7, 10]) events.write(queued('q', seq));
    events.write(report('r1', 'q', 'q', { queue_full: 2 }, { lastSeq: 12 }));
    const [queue] = (await ledgerOf()).queues;
    expect(queue).toMatchObject({ tracked: 12, counted: 8, dropped: 2, missing: 2 });
  });

  it('adds the drops of several reporters and takes the highest of each', async () => {
    events.write(queued('q', 10));
    events.write(
      report('r1', 'q', 'q', { expired: 2 }),
      report('r2', 'q', 'other', { expired: 3 }),
    );
    events.write(report('r0', 'q', 'q', { expired: 1 }));
    expect((await ledgerOf()).queues[0]).toMatchObject({ dropped: 5, counted: 1, missing: 4 });
  });

  it('counts an event that was refused and accepted later as counted alone', async () => {
    const headers = { hf_code: 'invalid_field' };
    deadLetters.write(acceptedEvent({ eventId: 'q.1', queue: { id: 'q', seq: 1 } }, { headers }));
    deadLetters.write(acceptedEvent({ eventId: 'q.1', queue: { id: 'q', seq: 1 } }, { headers }));
    expect((await ledgerOf()).queues[0]).toMatchObject({ tracked: 1, counted: 0, rejected: 1 });
    events.write(queued('q', 1));
    expect((await ledgerOf()).queues[0]).toMatchObject({ tracked: 1, counted: 1, rejected: 0 });
  });

  it('shows what clients tell by number with its reason, each number once', async () => {
    events.write(queued('q', 1), queued('q', 9));
    events.write(
      report('r1', 'q', 'q', {}, { rejectedSeqs: { invalid_utf8: [3] } }),
      report('r2', 'q', 'q', { queue_full: 1 }, { droppedSeqs: { corrupt: [4, 5] } }),
      report('r3', 'q', 'adopter', {}, { rejectedSeqs: { invalid_utf8: [3], too_large: [6] } }),
      report('r4', 'q', 'adopter', {}, { droppedSeqs: { corrupt: [5] } }),
    );
    expect((await ledgerOf()).queues[0]).toMatchObject({
      ...{ tracked: 9, counted: 2, rejected: 2, dropped: 3, missing: 2 },
      droppedBy: { queue_full: 1, corrupt: 2 },
      rejectedBy: { invalid_utf8: 1, too_large: 1 },
      gaps: [
        [2, 2],
        [4, 5],
        [7, 8],
      ],
    });
  });

  it('counts an event that arrived, whatever clients tell of its number', async () => {
    events.write(report('r1', 'q', 'q', {}, { rejectedSeqs: { invalid_utf8: [1] } }));
    events.write(report('r2', 'q', 'q', {}, { droppedSeqs: { corrupt: [2] } }));
    expect((await ledgerOf()).queues[0]).toMatchObject({ counted: 0, rejected: 1, dropped: 1 });
    const headers = { hf_code: 'missing_field' };
    deadLetters.write(acceptedEvent({ eventId: 'q.2', queue: { id: 'q', seq: 2 } }, { headers }));
    events.write(queued('q', 1));
    expect((await ledgerOf()).queues[0]).toMatchObject({
      ...{ tracked: 2, counted: 1, rejected: 1, dropped: 0, missing: 0 },
      rejectedBy: { missing_field: 1 },
    });
  });

  it('takes no more numbers of one report than its limit, and no nonsense', async () => {
    const { reportSeqs } = storageLimits;
    const seqs = Array.from({ length: reportSeqs + 10 }, (_, n) => n + 1);
    events.write(report('r1', 'q', 'q', {}, { droppedSeqs: { corrupt: seqs } }));
    const nonsense = { corrupt: ['1', 0, -1, 1.5, null], 'no/reason': [1], expired: 7 };
    events.write(report('r2', 'r', 'r', {}, { droppedSeqs: nonsense, rejectedSeqs: [] }));
    const { queues } = await ledgerOf();
    expect(queues).toMatchObject([{ queueId: 'q', dropped: reportSeqs, missing: 0 }]);
  });

  it('shows an eventId that an app used twice as a copy, and no retry as one', async () => {
    events.write(queued('q', 1, 'order-1'), queued('q', 2), queued('q', 2));
    events.seal();
    events.write(queued('q', 3, 'order-1'), queued('r', 1, 'order-1'), queued('q', 3, 'order-1'));
    const { queues, totals } = await ledgerOf();
    expect(totals).toEqual({
      ...{ tracked: 4, counted: 2, copied: 2, rejected: 0, dropped: 0, missing: 0 },
    });
    expect(queues.map(({ gaps }) => gaps)).toEqual([[], []]);
  });

  it('tells what came without a queue apart', async () => {
    events.write(acceptedEvent({ eventId: 'a' }), queued('q', 1));
    deadLetters.write(acceptedEvent({ eventId: 'b' }, { headers: { hf_code: 'too_deep' } }));
    const { withoutQueue, totals } = await ledgerOf();
    expect(withoutQueue).toEqual({ counted: 1, rejected: 1 });
    expect(totals.tracked).toBe(1);
  });

  it('answers for the asked queues alone', async () => {
    events.write(queued('q', 1), queued('r', 2), queued('s', 1));
    const { queues, totals } = await ledgerOf('?queue=q&queue=r');
    expect(queues.map(({ queueId }) => queueId).sort()).toEqual(['q', 'r']);
    expect(totals).toEqual({
      ...{ tracked: 3, counted: 2, copied: 0, rejected: 0, dropped: 0, missing: 1 },
    });
  });

  it.each([
    ['number', () => queued('forged', Number.MAX_SAFE_INTEGER)],
    ['count of drops', () => report('f', 'forged', 'x', { expired: Number.MAX_SAFE_INTEGER })],
    ['last number', () => report('f', 'forged', 'x', {}, { lastSeq: Number.MAX_SAFE_INTEGER })],
  ])('shows a queue with a forged %s by itself, marked, and not in the totals', async (_, row) => {
    events.write(queued('q', 1), queued('q', 3), queued('forged', 1), row());
    const { queues, totals, everyQueue, implausibleQueues } = await ledgerOf();
    const marks = queues.map(({ queueId, isPlausible }) => [queueId, isPlausible]);
    expect(marks.sort()).toEqual([
      ['forged', false],
      ['q', true],
    ]);
    const { tracked } = queues.find(({ queueId }) => queueId === 'forged')!;
    expect(tracked).toBeGreaterThanOrEqual(Number.MAX_SAFE_INTEGER);
    expect(implausibleQueues).toBe(1);
    const { counted, missing, dropped } = totals;
    expect({ missing, dropped }).toEqual({ missing: 1, dropped: 0 });
    expect(counted).toBe(queues.reduce((sum, queue) => sum + queue.counted, 0));
    expect(totals.tracked).toBe(counted + 1);
    expect(everyQueue).toEqual(totals);
  });

  it('believes what one queue can miss', async () => {
    const { ledgerPlausibleUncounted } = storageLimits;
    events.write(queued('q', ledgerPlausibleUncounted + 1), queued('r', 1));
    const { queues, totals } = await ledgerOf();
    expect(queues.every(({ isPlausible }) => isPlausible)).toBe(true);
    expect(totals.missing).toBe(ledgerPlausibleUncounted);
  });

  it('counts a queue of which only drops are known', async () => {
    events.write(report('r', 'q', 'q', { unserializable: 2 }));
    expect((await ledgerOf()).queues[0]).toMatchObject({ tracked: 2, dropped: 2, missing: 0 });
  });
});

describe('rejections', () => {
  it('lists what was refused with its reason, latest first', async () => {
    deadLetters.write(
      acceptedEvent(
        { eventId: 'a', queue: { id: 'q', seq: 1 } },
        { receivedAtMs: 1_000, headers: { hf_code: 'missing_field', hf_detail: 'timestamp' } },
      ),
      acceptedEvent({}, { receivedAtMs: 2_000, text: '[[[', headers: { hf_code: 'too_deep' } }),
    );
    const { total, byCode, rejections } = await get('/v1/rejections');
    expect(total).toBe(2);
    expect(byCode).toHaveLength(2);
    expect(rejections).toMatchObject([
      { code: 'too_deep', excerpt: '[[[', queueId: null },
      { code: 'missing_field', detail: 'timestamp', queueId: 'q', queueSeq: 1, eventId: 'a' },
    ]);
  });
});

describe('the query API', () => {
  it('names every fault of the parameters', async () => {
    const { status, code, detail } = await get('/v1/metrics/series?interval=5x&from=now&bucket=1');
    expect({ status, code }).toEqual({ status: 400, code: 'invalid_parameter' });
    for (const name of ['interval', 'from', 'bucket']) expect(detail).toContain(name);
    for (const query of ['limit=0', 'limit=1001', 'limit=1&limit=2', 'after=x']) {
      expect((await get(`/v1/events?${query}`)).status, query).toBe(400);
    }
    const tooMany = '/v1/metrics/series?interval=1s&from=2020-01-01T00:00:00Z';
    expect((await get(tooMany)).code).toBe('invalid_parameter');
  });

  it('is not for caches, other methods or other paths', async () => {
    const response = await fetch(`${base}/v1/ledger`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await fetch(`${base}/v1/ledger`, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${base}/v1/events`, { method: 'POST' })).status).toBe(418);
    expect((await fetch(`${base}/v1/unknown`)).status).toBe(418);
  });

  it('refuses to answer when it listens beyond loopback', async () => {
    isLoopbackOnly = false;
    expect(await get('/v1/ledger')).toMatchObject({ status: 403, code: 'loopback_only' });
  });

  it('refuses a foreign name for its address', async () => {
    const { hostname, port } = new URL(base);
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: '/v1/events', headers: { host: 'evil.example' } })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
