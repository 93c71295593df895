import { describe, expect, it } from 'vitest';
import { draftOf } from './own-event.js';

const refused = expect.objectContaining({ code: 'invalid_event' });

describe('an event with members of its own', () => {
  const order = { type: 'track', event: 'e', eventId: 'order-1' } as const;

  it('needs a timestamp with an eventId of its own, so that all copies share their idDay', () => {
    expect(() => draftOf(order, undefined)).toThrow(refused);
    const own = { ...order, timestamp: '2026-11-01T00:00:00Z' };
    expect(draftOf(own, undefined)).toMatchObject(own);
    const eventId = '018bcfe5-687b-7fff-bfff-ffffffffffff';
    expect(draftOf({ ...order, eventId }, undefined).eventId).toBe(eventId);
  });

  it('is refused with an eventId that no collector takes', () => {
    for (const eventId of ['', 'a b', 'x'.repeat(65)]) {
      expect(() => draftOf({ ...order, eventId, timestamp: new Date(0) }, {})).toThrow(refused);
    }
  });

  it('takes its timestamp from a Date that is one', () => {
    const at = (ms: number) => draftOf({ ...order, timestamp: new Date(ms) }, undefined).timestamp;
    expect(at(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(() => at(Number.NaN)).toThrow(refused);
  });

  it('has the context of the client below its own', () => {
    const page = { type: 'page', context: { a: 1, b: 1 } } as const;
    expect(draftOf(page, { b: 2, c: 2 }).context).toEqual({ a: 1, b: 1, c: 2 });
    expect(draftOf(page, undefined).context).toEqual({ a: 1, b: 1 });
    expect(draftOf({ type: 'page' }, { c: 2 }).context).toEqual({ c: 2 });
    expect(draftOf({ type: 'page' }, undefined).context).toBeUndefined();
  });
});
