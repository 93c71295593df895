import { describe, expect, it } from 'vitest';
import { mendEvent } from './mend-event.js';

const membersOf = (given: object) => mendEvent(given).members;
const faultsOf = (given: object) =>
  mendEvent(given).faults.map(({ member, kind }) => `${member} ${kind}`);

class ObjectId {
  toJSON(): string {
    return '65f0c0ffee';
  }
}

describe('ids', () => {
  it.each([
    ['ada', 'ada'],
    [42, '42'],
    [0, '0'],
    [12345678901234567890n, '12345678901234567890'],
    [new ObjectId(), '65f0c0ffee'],
    [null, undefined],
    [undefined, undefined],
    ['', undefined],
    ['u'.repeat(512), 'u'.repeat(512)],
  ])('that have a meaning are taken: %s', (given, text) => {
    for (const name of ['userId', 'anonymousId', 'sessionId', 'groupId', 'previousId']) {
      expect(mendEvent({ [name]: given })).toMatchObject({
        members: text === undefined ? {} : { [name]: text },
        faults: [],
      });
    }
  });

  it.each([
    'u'.repeat(513),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    {},
    [],
    () => 'u',
    Symbol('u'),
  ])('are never cut or guessed, but left out: %s', (userId) => {
    expect(membersOf({ userId, anonymousId: 'a' })).toEqual({ anonymousId: 'a' });
    expect(faultsOf({ userId })).toEqual(['userId left_out']);
  });
});

describe('names', () => {
  it('are cut at their limit, never within a character, and that is told', () => {
    const long = `${'n'.repeat(511)}😀`;
    expect(membersOf({ event: long }).event).toBe('n'.repeat(511));
    expect(membersOf({ name: 'n'.repeat(513) }).name).toBe('n'.repeat(512));
    expect(faultsOf({ event: long, name: 'n' })).toEqual(['event truncated']);
  });

  it('may be numbers; of anything else there is no name', () => {
    expect(membersOf({ event: 7, name: null })).toEqual({ event: '7' });
    expect(faultsOf({ event: {}, name: true })).toEqual(['event left_out', 'name left_out']);
  });
});

describe('timestamps', () => {
  const moment = '2026-11-01T10:00:00.000Z';
  it.each([
    [moment, moment],
    [new Date(moment), moment],
    [Date.parse(moment), moment],
    [BigInt(Date.parse(moment)), moment],
    [{ toJSON: () => moment }, moment],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T10:00Z', '2026-11-01T10:00:00Z'],
    ['2026-11-01 10:00:00+0130', '2026-11-01T10:00:00+01:30'],
    ['2026-11-01t10:00:00,5z', '2026-11-01T10:00:00.5Z'],
    ['2026-11-01T10:00:00.1234567891-02', '2026-11-01T10:00:00.123456789-02:00'],
    ['2024-02-29T23:59:59+14:00', '2024-02-29T23:59:59+14:00'],
  ])('of other forms become RFC 3339: %s', (given, text) => {
    expect(mendEvent({ timestamp: given })).toMatchObject({
      members: { timestamp: text },
      faults: [],
    });
  });

  it.each([
    'yesterday',
    '2026-11-01T10:00:00',
    '2026-02-30',
    '2026-13-01T00:00:00Z',
    new Date(Number.NaN),
    Number.NaN,
    8.65e15,
    -1e15,
    true,
    [],
    {},
  ])('that say no moment are left out: %s', (timestamp) => {
    expect(membersOf({ timestamp })).toEqual({});
    expect(faultsOf({ timestamp })).toEqual(['timestamp left_out']);
  });
});

describe('eventIds and priorities', () => {
  it('are taken as they are, or left out', () => {
    const good = { eventId: 'order-1', priority: 'low' };
    expect(mendEvent(good)).toMatchObject({ members: good, faults: [] });
    expect(mendEvent({ eventId: null, priority: null })).toMatchObject({ members: {}, faults: [] });
    expect(membersOf({ eventId: 17 })).toEqual({ eventId: '17' });
    for (const eventId of ['a b', 'x'.repeat(65), {}]) {
      expect(faultsOf({ eventId, priority: 'urgent' })).toEqual([
        'eventId left_out',
        'priority left_out',
      ]);
    }
  });
});

describe('properties, traits and context', () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { d: nested(levels - 1) });
  const wide = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  const circular: { self?: object } = {};
  circular.self = circular;

  it('are any object; none is none', () => {
    class Order {
      total = 1;
    }
    const given = { properties: new Order(), traits: new Map(), context: null };
    const { members, faults } = mendEvent(given);
    expect(faults).toEqual([]);
    expect(JSON.stringify(members)).toBe('{"properties":{"total":1},"traits":{}}');
  });

  it.each([
    ['an array', [1]],
    ['a text', 'x'],
    ['a number', 7],
    ['a function', () => ({})],
    ['what is no object as JSON', new Date(0)],
    ['what holds itself', circular],
    ['what is deep', nested(31)],
    ['what is wide', wide(1_001)],
    ['a bigint within', { id: 1n }],
    [
      'a getter that throws',
      {
        get broken(): never {
          throw new Error('broken');
        },
      },
    ],
  ])('are left out as a whole: %s', (_what, properties) => {
    expect(membersOf({ properties, userId: 'u' })).toEqual({ userId: 'u' });
    expect(faultsOf({ properties })).toEqual(['properties left_out']);
  });

  it('go down to the last level that the wire takes', () => {
    expect(faultsOf({ properties: nested(30) })).toEqual([]);
  });

  it('share the keys of the event', () => {
    const given = { properties: wide(600), traits: wide(600), context: wide(300) };
    expect(faultsOf(given)).toEqual(['traits left_out']);
  });

  it('lose the key __proto__ alone, wherever it is', () => {
    const properties: unknown = JSON.parse('{"a":{"__proto__":{"b":1},"c":2},"__proto__":3}');
    const { members, faults } = mendEvent({ properties });
    expect(JSON.stringify(members)).toBe('{"properties":{"a":{"c":2}}}');
    expect(faults).toHaveLength(1);
  });
});
