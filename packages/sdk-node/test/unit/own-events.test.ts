import { limits, mendEvent } from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchScanner } from '../../../collector/src/scan/scan-batch.js';
import { type AnalyticsOptions, createAnalytics, type NodeAnalytics } from '../../src/index.js';
import { type ClientContext, type MessageType, ownEvent } from '../../src/own-event.js';

function clientOf(given: unknown): ClientContext {
  const { members, keys } = mendEvent({ context: given });
  return { context: members.context as ClientContext['context'], keys };
}
const nobody = clientOf(undefined);

const types: MessageType[] = ['track', 'identify', 'page', 'screen', 'group', 'alias'];

describe('what an app gives', () => {
  const odd = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
    fc.constantFrom(
      null,
      undefined,
      '',
      42,
      7n,
      Number.NaN,
      [],
      new Date(Number.NaN),
      '2026-11-01',
    ),
    fc.string({ unit: 'binary', maxLength: 600 }),
  );
  const members = ['userId', 'anonymousId', 'sessionId', 'event', 'name', 'groupId', 'previousId'];
  const others = ['eventId', 'timestamp', 'priority', 'properties', 'traits', 'context', 'extra'];
  const message = fc.record(
    Object.fromEntries([...members, ...others].map((name) => [name, odd])),
    { requiredKeys: [] },
  );

  it('is taken by the collector, or said to make no event', () => {
    const scanner = new BatchScanner();
    const judged = fc.property(fc.constantFrom(...types), message, odd, (type, given, context) => {
      const client = clientOf(context);
      const { draft, told, isUseless } = ownEvent(type, given, client);
      if (isUseless) {
        expect(told?.code).toBe('invalid_event');
        return;
      }
      const stamped = { eventId: 'e-1', timestamp: '2026-12-01T00:00:00Z', ...draft };
      const json = JSON.stringify(stamped).replace(/\\ud[89a-f]../g, '\\ufffd');
      const batch = scanner.scan(Buffer.from(`{"events":[${json}]}`));
      if (json.length > limits.maxEventBytes) return;
      expect(batch).toMatchObject({ kind: 'batch', events: [{ kind: 'valid' }] });
    });
    fc.assert(judged, { numRuns: 2_000 });
  });

  it('has the context of the client below its own', () => {
    const contextOf = (message: object, context?: object) =>
      ownEvent('page', { userId: 'u', ...message }, clientOf(context)).draft.context;
    expect(contextOf({ context: { a: 1, b: 1 } }, { b: 2, c: 2 })).toEqual({ a: 1, b: 1, c: 2 });
    expect(contextOf({ context: { a: 1, b: 1 } })).toEqual({ a: 1, b: 1 });
    expect(contextOf({}, { c: 2 })).toEqual({ c: 2 });
    expect(contextOf({})).toBeUndefined();
  });

  it('needs a timestamp with an eventId of its own, so that all copies share their day', () => {
    const order = { userId: 'u', event: 'e', eventId: 'order-1' };
    const undated = ownEvent('track', order, nobody);
    expect(undated).toMatchObject({ isMistaken: true, isUseless: false });
    expect(undated.draft.eventId).toBe('order-1');
    expect(ownEvent('track', { ...order, timestamp: 0 }, nobody).told).toBeUndefined();
    const v7 = { ...order, eventId: '018bcfe5-687b-7fff-bfff-ffffffffffff' };
    expect(ownEvent('track', v7, nobody).told).toBeUndefined();
  });

  it.each([
    ['track', undefined, 'track(): needs an object, not undefined'],
    ['track', 'Order', 'track(): needs an object, not "Order"'],
    ['track', { userId: 'u' }, 'track(): needs event: dropped'],
    [
      'track',
      { event: 'E', userId: {} },
      'userId must be text of at most 512 characters, not an object: left out; needs userId or anonymousId: dropped',
    ],
    ['identify', {}, 'identify(): needs userId or anonymousId: dropped'],
    ['group', { userId: 'u' }, 'group(): needs groupId: dropped'],
    ['alias', { anonymousId: 'a' }, 'alias(): needs userId, previousId: dropped'],
  ])('is told by method, member and value: %s %j', (type, given, words) => {
    const { told, isUseless } = ownEvent(type as MessageType, given, nobody);
    expect(told?.message).toContain(words);
    expect(isUseless).toBe(true);
  });
});

describe('a call that can make no event', () => {
  function open(options: Partial<AnalyticsOptions> = {}): {
    client: NodeAnalytics;
    heard: unknown[];
  } {
    const endpoint = 'http://127.0.0.1:1';
    const all = { writeKey: 'key-1', endpoint, durability: 'memory', ...options } as const;
    const client = createAnalytics(all);
    const heard: unknown[] = [];
    client.on('error', ({ code }) => heard.push(code));
    client.on('dropped', ({ reason, count }) => heard.push(`${reason} ${count}`));
    return { client, heard };
  }
  const nameless = { userId: 'u' } as never;

  it('is reported, counted as dropped, and returns an id all the same', async () => {
    const { client, heard } = open();
    expect(client.track(nameless)).toMatch(/^[0-9a-f-]{36}$/);
    expect(client.track(undefined as never)).toMatch(/^[0-9a-f-]{36}$/);
    await client.stored();
    expect(heard.sort()).toEqual(['invalid 1', 'invalid 1', 'invalid_event', 'invalid_event']);
    const report = await client.shutdown({ timeoutMs: 1 });
    expect(report).toMatchObject({ delivered: 0, pending: 0, dropped: 2 });
  });

  it('never throws, whatever the app gives, and nothing of it is refused later', () => {
    const scanner = new BatchScanner();
    const deep = (levels: number): object => (levels === 0 ? {} : { d: deep(levels - 1) });
    const wide = (count: number, prefix = 'k') =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, 1]));
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    let looks = 0;
    const fickle = { toJSON: () => (looks++ % 2 === 0 ? {} : deep(40)) };
    const given: object[] = [
      wide(1_200),
      { properties: wide(600), context: wide(600) },
      { toJSON: () => ({ hello: 1 }) },
      { properties: Object(1), traits: Object('x'), context: Object(true) },
      { userId: Object('boxed') },
      { properties: { f: Object.assign(() => 1, { toJSON: () => deep(40) }) } },
      { properties: fickle },
      { context: fickle },
      { '\ud800': 1, '\ud801': 2 },
      { properties: Array.from({ length: 2_000 }, () => deep(2)) },
      { traits: JSON.parse('{"__proto__":1}'), properties: deep(40) },
    ];
    const noObject = Object.assign(() => 1, { toString: () => deep(1) });
    for (const message of [revoked.proxy, noObject]) {
      expect(ownEvent('track', message, nobody)).toMatchObject({ isUseless: true });
    }
    for (const context of [undefined, wide(600, 'c'), fickle]) {
      for (const message of given) {
        const all = Object.assign(message, { userId: 'u', event: 'E', ...message });
        const { draft } = ownEvent('track', all, clientOf(context));
        const stamped = { eventId: 'e-1', timestamp: '2026-12-01T00:00:00Z', ...draft };
        const batch = scanner.scan(Buffer.from(JSON.stringify({ events: [stamped] })));
        const verdict = batch.kind === 'batch' ? batch.events[0] : batch;
        if (JSON.stringify(stamped).length < limits.maxEventBytes) {
          expect(verdict).toMatchObject({ kind: 'valid' });
        }
      }
    }
  });

  it('comes as it is to a rule of the app, which may make it small enough', async () => {
    const { client, heard } = open({
      beforeStore: ({ properties: { html: _html, ...rest } = {}, ...event }) => {
        return { ...event, properties: rest };
      },
    });
    const properties = { html: 'x'.repeat(40_000), total: 42 };
    client.track({ userId: 'u', event: 'E', properties });
    expect(heard).toEqual([]);
    expect(await client.flush({ timeoutMs: 1 })).toMatchObject({ pending: 1, dropped: 0 });
  });

  it('does not see what the app changes behind its back', () => {
    const { client, heard } = open();
    const context: Record<string, unknown> = { a: 1 };
    client.setContext(context);
    context.a = 1n;
    client.track({ userId: 'u', event: 'E', context: { toJSON: () => ({ b: 2 }) } });
    expect(heard).toEqual([]);
  });

  it('throws where the option asks for it', async () => {
    const { client } = open({ onInvalid: 'throw' });
    const refused = expect.objectContaining({ code: 'invalid_event' });
    expect(() => client.track(nameless)).toThrow(refused);
    expect(() => client.setContext([] as never)).toThrow(refused);
    // What is cut still makes an event.
    client.track({ userId: 'u', event: 'n'.repeat(600) });
    expect(await client.flush({ timeoutMs: 1 })).toMatchObject({ pending: 1, dropped: 0 });
  });

  it('costs nothing but what is wrong, also of a rule of the app', async () => {
    const { client, heard } = open({
      beforeStore: (event) => ({ ...event, userId: 42 as never, properties: [] as never }),
    });
    client.track({ userId: 'u', event: 'E' });
    expect(heard).toEqual(['invalid_event']);
    expect(await client.flush({ timeoutMs: 1 })).toMatchObject({ pending: 1, dropped: 0 });
  });
});
