// @vitest-environment node
import { beforeEach, describe, expect, it } from 'vitest';
import type { BrowserAnalytics, Diagnostics } from '../../src/index.js';
import { ackOf, Device, problemOf, ScriptRun } from '../support/script-run.js';
import { buildPageScript, buildScript } from '../support/test-page-server.js';

const writeKey = 'key';
const name = `holdfast:${writeKey}`;
const kinds = ['stored', 'delivered', 'rejected', 'dropped', 'retrying', 'error'] as const;

const [whole, core, plainCore] = await Promise.all([
  buildScript(),
  buildScript([], 'core-script'),
  buildPageScript('packages/sdk-browser/src/core-script.ts'),
]);

/** A page with a client, and what the client told. */
class Opened {
  readonly run: ScriptRun;
  readonly analytics: BrowserAnalytics;
  readonly told: [string, Diagnostics[keyof Diagnostics]][] = [];

  constructor(script: string, device: Device, options: object = {}, platform: object = {}) {
    this.run = new ScriptRun(script, device, platform);
    this.analytics = this.run.Holdfast.createAnalytics({
      ...{ writeKey, endpoint: 'http://127.0.0.1:9', flushIntervalMs: 5 },
      ...options,
    });
    for (const kind of kinds) this.analytics.on(kind, (detail) => this.told.push([kind, detail]));
  }

  of<Kind extends keyof Diagnostics>(kind: Kind): Diagnostics[Kind][] {
    return this.told.filter(([told]) => told === kind).map(([, d]) => d as Diagnostics[Kind]);
  }

  /** What is in the queue: the keys of events, and of dead letters. */
  async keys(first: RegExp): Promise<string[]> {
    return [...(await this.run.rows(name)).keys()].filter((key) => first.test(key));
  }
}

const event = /^[0-2]/;
const letter = /^x/;

describe('the core', () => {
  let device: Device;
  beforeEach(() => {
    device = new Device();
  });
  const open = (options = {}, platform = {}) => new Opened(core, device, options, platform);

  it('mints an eventId that is a UUIDv7, and sends it with what the whole client sends', async () => {
    const [bare, full] = [open(), new Opened(whole, new Device())];
    for (const { analytics, run } of [bare, full]) {
      const before = Date.now();
      const eventId = analytics.track('Clicked', { n: 1 }, { priority: 'low' });
      expect(eventId).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      const bornMs = Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
      expect(bornMs).toBeGreaterThanOrEqual(before);
      const report = await analytics.flush();
      expect(report).toEqual({ delivered: 1, rejected: 0, pending: 0, dropped: 0 });
      expect(run.bodies[0]!.events[0]!.eventId).toBe(eventId);
    }
    const members = ({ run }: Opened) => Object.keys(run.bodies[0]!.events[0]!).sort();
    expect(members(full).filter((member) => !/sessionId|context/.test(member))).toEqual(
      members(bare),
    );
  });

  it('takes an endpoint with a path, and says at once what cannot work', async () => {
    const opened = open({ endpoint: 'http://127.0.0.1:9/path/' });
    opened.analytics.track('Clicked');
    await opened.analytics.flush();
    expect(opened.run.urls).toEqual(['http://127.0.0.1:9/path/v1/events?writeKey=key']);
    expect(() => open({ endpoint: '' })).toThrow('endpoint');
    expect(() => open({ writeKey: '' })).toThrow('writeKey');
  });

  it('writes the members of the whole client: rows, state, item and messages', async () => {
    const traces = await Promise.all(
      [whole, core, plainCore].map(async (script) => {
        const opened = new Opened(script, new Device());
        const { run, analytics } = opened;
        run.refused = ['Refused'];
        analytics.track('Refused');
        analytics.track('Accepted');
        await analytics.flush();
        run.isOnline = false;
        analytics.track('Waits');
        await analytics.flush({ timeoutMs: 200 });
        const rows = await run.rows(name);
        const [item] = [...run.device.items.values()].map((text) => JSON.parse(text));
        const state = JSON.parse(String(rows.get('state')));
        rows.delete('state');
        const shown = [
          ...[...rows].flatMap(([key, row]) => pathsOf(`row ${key[0]}`, row)),
          ...pathsOf('state.gates', Object.values(state.gates)),
          ...['stored', 'settled', 'tried'].flatMap((kind) =>
            pathsOf(
              kind,
              run.messages.filter((message) => kindOf(message) === kind),
            ),
          ),
        ];
        return { shown: [...new Set(shown)].sort(), item };
      }),
    );
    const [full, bare, plain] = traces;
    expect(bare!.shown.map(withoutSession)).toEqual(full!.shown.map(withoutSession));
    expect(plain!.shown).toEqual(bare!.shown);
    expect(Object.keys(full!.item)).toEqual(expect.arrayContaining(Object.keys(bare!.item)));
  });

  it.each([
    ['the core', 'the whole client', core, whole],
    ['the whole client', 'the core', whole, core],
  ])('leaves to the next page what was queued: %s, then %s', async (_, __, old, young) => {
    const before = new Opened(old, device);
    before.run.isOnline = false;
    const ids = [1, 2, 3].map((i) => before.analytics.track('Kept', { i }));
    await before.analytics.stored();
    const after = new Opened(young, device);
    await expect.poll(() => after.of('delivered').flatMap((d) => d.eventIds)).toHaveLength(3);
    expect(after.of('delivered').flatMap((d) => d.eventIds)).toEqual(ids);
    await expect.poll(() => after.keys(event)).toEqual([]);
  });

  it('has a row for each event, though all are tracked in one ms, by two tabs', async () => {
    class StoppedDate extends Date {
      static override now = () => Date.parse('2026-11-23T10:00:00Z');
    }
    const tabs = [1, 2].map(() => open({}, { Date: StoppedDate }));
    for (const { analytics, run } of tabs) {
      run.isOnline = false;
      for (let i = 0; i < 3; i++) analytics.track('Clicked');
      await analytics.stored();
    }
    expect(await tabs[0]!.keys(event)).toHaveLength(6);
  });

  it('takes exactly those out that have a verdict, and asks again for a retry list', async () => {
    const opened = open();
    const { run, analytics } = opened;
    let letGo = () => {};
    const held = new Promise<undefined>((resolve) => {
      letGo = () => resolve(undefined);
    });
    run.answer = (body) => {
      run.answer = () => held;
      const rejected = [{ index: 0, code: 'invalid_event', detail: 'why' }];
      const retry = [{ index: 2, code: 'sink_busy' }];
      return Response.json(ackOf(body, { accepted: body.events.length - 2, rejected, retry }));
    };
    const ids = [1, 2, 3, 4].map((i) => analytics.track('Clicked', { i }));
    await expect.poll(() => opened.keys(event)).toHaveLength(1);
    expect(opened.of('rejected')).toEqual([
      { eventId: ids[0], code: 'invalid_event', detail: 'why' },
    ]);
    const [row] = [...(await run.rows(name))].filter(([key]) => letter.test(key));
    expect(row![1]).toMatchObject({ eventId: ids[0], code: 'invalid_event', detail: 'why' });
    letGo();
    await expect.poll(() => run.bodies.length, { timeout: 20_000 }).toBe(2);
    expect(run.bodies[1]!.events.map(({ eventId }) => eventId)).toEqual([ids[2]]);
    const report = await analytics.flush();
    expect(report).toEqual({ delivered: 3, rejected: 1, pending: 0, dropped: 0 });
  });

  it.each([400, 413])(
    'halves a batch that is refused with %i until one stands alone',
    async (status) => {
      const opened = open();
      const { run, analytics } = opened;
      run.answer = ({ events }) =>
        events.some(({ event }) => event === 'Guilty')
          ? problemOf(status, status === 400 ? 'invalid_json' : 'body_too_large')
          : undefined;
      for (let i = 0; i < 60; i++) analytics.track(i === 37 ? 'Guilty' : 'Innocent');
      await expect.poll(() => opened.of('delivered').flatMap((d) => d.eventIds).length).toBe(59);
      await expect.poll(() => opened.keys(letter)).toHaveLength(1);
      expect(await opened.keys(event)).toEqual([]);
      expect(run.bodies.length).toBeLessThan(25);
    },
  );

  it('suspects the collector when it refuses every single event', async () => {
    const opened = open();
    const { run, analytics } = opened;
    run.answer = () => problemOf(400, 'invalid_batch');
    for (let i = 0; i < 10; i++) analytics.track('Innocent');
    await expect.poll(() => opened.of('retrying')).toHaveLength(1);
    expect(opened.of('rejected')).toHaveLength(2);
    expect(await opened.keys(event)).toHaveLength(8);
  });

  it.each([
    [401, 'unknown_write_key', 'write_key_refused'],
    [403, 'origin_not_allowed', 'write_key_refused'],
    [415, 'unsupported_media_type', 'request_refused'],
  ])('keeps everything on %i, says so, and asks again in minutes', async (status, code, says) => {
    const opened = open();
    opened.run.answer = () => problemOf(status, code);
    opened.analytics.track('Clicked');
    await expect.poll(() => opened.of('retrying')).toHaveLength(1);
    const { afterMs } = opened.of('retrying')[0]!;
    expect(afterMs).toBeGreaterThanOrEqual(300_000);
    expect(afterMs).toBeLessThanOrEqual(900_000);
    expect(opened.of('error').map((error) => error.code)).toEqual([says]);
    expect(await opened.keys(event)).toHaveLength(1);
  });

  it.each([
    ['seconds', () => '7', 7_000],
    ['a date', () => new Date(Date.now() + 60_000).toUTCString(), 60_000],
    ['a day', () => '86400', 3_600_000],
  ])(
    'obeys a Retry-After of %s on 429 and 503, also flush() and the next page',
    async (_, after, ms) => {
      const opened = open();
      const { run, analytics } = opened;
      run.answer = () => problemOf(503, 'draining', { 'retry-after': after() });
      analytics.track('Clicked');
      await expect.poll(() => opened.of('retrying')).toHaveLength(1);
      expect(Math.abs(opened.of('retrying')[0]!.afterMs - ms)).toBeLessThan(3_000);
      expect(await analytics.flush({ timeoutMs: 50 })).toMatchObject({ pending: 1 });
      const next = open();
      expect(await next.analytics.flush({ timeoutMs: 50 })).toMatchObject({ delivered: 0 });
      expect([...run.bodies, ...next.run.bodies]).toHaveLength(1);
    },
  );

  it('obeys a stranger no longer than it waits by itself, and takes its word for nothing', async () => {
    const opened = open();
    opened.run.answer = () =>
      new Response('<html>', { status: 503, headers: { 'retry-after': '86400' } });
    opened.analytics.track('Clicked');
    await expect.poll(() => opened.of('retrying')).toHaveLength(1);
    expect(opened.of('retrying')[0]).toMatchObject({
      afterMs: 300_000,
      cause: 'foreign answer 503',
    });
    expect(await opened.keys(event)).toHaveLength(1);
  });

  it('waits longer with each failure, at random, and flush() asks at once', async () => {
    const opened = open();
    opened.run.isOnline = false;
    opened.analytics.track('Clicked');
    for (let round = 1; round <= 6; round++) {
      expect(await opened.analytics.flush({ timeoutMs: 500 })).toMatchObject({ pending: 1 });
    }
    const waits = opened.of('retrying').map(({ afterMs }) => afterMs);
    expect(waits.length).toBeGreaterThanOrEqual(6);
    for (const [failures, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual(1_000 * 2 ** failures);
    }
    expect(new Set(waits).size).toBe(waits.length);
  });

  it('gives up what is older than 30 days by both clocks, and says so', async () => {
    const before = open();
    before.run.answer = (body) =>
      Response.json(ackOf(body), { headers: { date: new Date().toUTCString() } });
    before.analytics.track('Clicked');
    await before.analytics.flush();
    before.run.isOnline = false;
    before.analytics.track('Old');
    await before.analytics.stored();

    const nowMs = Date.now() + 31 * 86_400_000;
    class Later extends Date {
      static override now = () => nowMs;
    }
    const later = open({}, { Date: Later });
    const date = new Date(nowMs).toUTCString();
    // What time it is, is known with the first answer of a collector.
    later.run.answer = () => problemOf(503, 'draining', { date });
    await expect.poll(() => later.of('retrying')).toHaveLength(1);
    await later.analytics.flush({ timeoutMs: 100 });
    await expect.poll(() => later.of('dropped')).toEqual([{ reason: 'expired', count: 1 }]);
    expect(await later.keys(event)).toEqual([]);
  });

  it('refuses what is too large, not to be serialised, or beyond the queue: with a reason', async () => {
    const opened = open({ maxQueueBytes: 5_000 });
    const { run, analytics } = opened;
    run.isOnline = false;
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    analytics.track('Circular', circular);
    analytics.track('Large', { text: 'x'.repeat(32_000) });
    for (let i = 0; i < 40; i++) analytics.track('Clicked', { i });
    await analytics.stored();
    const reasons = opened.of('dropped').map(({ reason }) => reason);
    expect([...new Set(reasons)]).toEqual(['unserializable', 'too_large', 'queue_full']);
    const report = await analytics.flush({ timeoutMs: 500 });
    expect(report.dropped).toBe(reasons.length);
    expect(report.pending).toBe((await opened.keys(event)).length);
    expect(report.dropped + report.pending).toBe(42);
  });

  it('works in memory, and says so, where there is no IndexedDB', async () => {
    const opened = open({}, { indexedDB: undefined, IDBKeyRange: undefined });
    expect(opened.analytics.durability).toBe('memory');
    opened.analytics.track('Clicked');
    expect(await opened.analytics.flush()).toMatchObject({ delivered: 1 });
    expect(opened.of('error').map(({ code }) => code)).toEqual(['storage_unavailable']);
    expect(device.items.size).toBe(1);
  });

  it('keeps nothing once a denial is stored', async () => {
    const denying = new Opened(whole, device);
    denying.analytics.setConsent('denied');
    await expect.poll(() => denying.keys(/^denied/)).toHaveLength(1);
    const opened = open();
    opened.analytics.track('Clicked');
    await opened.analytics.stored();
    expect(opened.of('dropped')).toEqual([{ reason: 'consent_denied', count: 1 }]);
    expect(await opened.keys(event)).toEqual([]);
    expect(opened.run.bodies).toEqual([]);
  });
});

function kindOf(message: unknown): string {
  return (message as { readonly kind: string }).kind;
}

function withoutSession(path: string): string {
  return path.replace('.sessionId', '');
}

function pathsOf(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(`${path}[]`, item));
  return Object.entries(value).flatMap(([member, item]) => pathsOf(`${path}.${member}`, item));
}
