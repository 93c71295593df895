import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import type { Ack, Problem } from './ack.js';
import { problemStatuses } from './codes.js';
import type { AnalyticsEvent, ReportProperties } from './event.js';
import {
  ackSchema,
  batchSchema,
  eventSchema,
  problemSchema,
  reportPropertiesSchema,
  timestampSchema,
} from './schemas.js';
import { isTimestamp } from './timestamp.js';

/** A type without index signatures, at every depth. `string & {}` is both text and object. */
type Known<T> = T extends string
  ? T
  : T extends readonly (infer Item)[]
    ? Known<Item>[]
    : T extends object
      ? { [K in keyof T as string extends K ? never : K]: Known<T[K]> }
      : T;
type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Whether two types have the same members, of types that can stand for each other. */
type Agree<A, B> =
  Both<Known<A>, Known<B>> extends true ? Both<keyof Known<A>, keyof Known<B>> : false;

// These are the type test: each line fails to compile when a schema and its interface part ways.
const agreements: {
  event: Agree<z.infer<typeof eventSchema>, AnalyticsEvent>;
  ack: Agree<z.infer<typeof ackSchema>, Ack>;
  problem: Agree<z.infer<typeof problemSchema>, Problem>;
  aWrongPair: Agree<z.infer<typeof eventSchema>, Ack>;
  aMissingMember: Agree<z.infer<typeof eventSchema>, Omit<AnalyticsEvent, 'sessionId'>>;
  aWrongMember: Agree<z.infer<typeof eventSchema>, AnalyticsEvent & { userId?: number }>;
} = {
  event: true,
  ack: true,
  problem: true,
  aWrongPair: false,
  aMissingMember: false,
  aWrongMember: false,
};

const event = {
  type: 'track',
  eventId: 'e-1',
  timestamp: '2026-11-23T10:00:00.123Z',
  event: 'Order Completed',
  userId: 'u-1',
  properties: { total: 42 },
};

describe('schemas', () => {
  it('agree with the interfaces', () => {
    expect(agreements.event && agreements.ack && agreements.problem).toBe(true);
    const report: ReportProperties = {
      ...{ queueId: 'q', reporter: 'q', dropped: { queue_full: 3 } },
      droppedSeqs: { corrupt: [1, 2] },
      rejectedSeqs: { invalid_utf8: [3] },
    };
    expect(reportPropertiesSchema.parse(report)).toEqual(report);
  });

  it('take an event and keep the members that they do not know', () => {
    const foreign = { ...event, messageId: 'm', queue: { id: 'q', seq: 1, more: 1 } };
    expect(eventSchema.parse(foreign)).toEqual(foreign);
    expect(eventSchema.safeParse({ ...event, type: 'heartbeat' }).success).toBe(true);
  });

  it.each([
    ['track without a name', { ...event, event: undefined }],
    ['track without a person', { ...event, userId: undefined }],
    ['group without a group', { ...event, type: 'group' }],
    ['alias without a previous id', { ...event, type: 'alias' }],
    ['report without counts', { ...event, type: 'report' }],
    ['a number as userId', { ...event, userId: 7 }],
    ['an empty userId', { ...event, userId: '' }],
    ['an array as properties', { ...event, properties: [] }],
    ['an unknown priority', { ...event, priority: 'urgent' }],
    ['a seq of 0', { ...event, queue: { id: 'q', seq: 0 } }],
    ['an eventId with a space', { ...event, eventId: 'e 1' }],
  ])('refuse %s', (_, value) => {
    const withoutUndefined: unknown = JSON.parse(JSON.stringify(value));
    expect(eventSchema.safeParse(withoutUndefined).success).toBe(false);
  });

  it('refuse a batch without events and one with too many', () => {
    expect(batchSchema.safeParse({ events: [] }).success).toBe(true);
    expect(batchSchema.safeParse({}).success).toBe(false);
    expect(batchSchema.safeParse({ events: new Array(501).fill({}) }).success).toBe(false);
  });

  it('refuse an ack that names an event twice', () => {
    const verdict = { index: 0, code: 'invalid_event' };
    const ack = { batchId: 'b', region: 'r', epoch: 0, durable: ['file'], accepted: 0 };
    const whole = { ...ack, duplicates: 0, rejected: [verdict], retry: [] };
    expect(ackSchema.safeParse(whole).success).toBe(true);
    expect(ackSchema.safeParse({ ...whole, retry: [verdict] }).success).toBe(false);
  });

  it('refuse a problem whose status is not that of its code', () => {
    for (const [code, status] of Object.entries(problemStatuses)) {
      const problem = { type: 't', title: 't', status, code };
      expect(problemSchema.safeParse(problem).success).toBe(true);
      expect(problemSchema.safeParse({ ...problem, status: status + 1 }).success).toBe(false);
    }
  });
});

const timestamps: readonly (readonly [string, boolean])[] = [
  ['2026-11-23T10:00:00Z', true],
  ['2026-11-23T10:00:00.1Z', true],
  ['2026-11-23T10:00:00.123456789Z', true],
  ['2026-11-23T10:00:00+05:30', true],
  ['2026-11-23T10:00:00-00:00', true],
  ['2024-02-29T00:00:00Z', true],
  ['2000-02-29T00:00:00Z', true],
  ['0000-01-01T00:00:00Z', true],
  ['9999-12-31T23:59:59.999Z', true],
  ['2026-02-29T00:00:00Z', false],
  ['1900-02-29T00:00:00Z', false],
  ['2026-04-31T00:00:00Z', false],
  ['2026-00-10T00:00:00Z', false],
  ['2026-13-10T00:00:00Z', false],
  ['2026-01-00T00:00:00Z', false],
  ['2026-11-23T24:00:00Z', false],
  ['2026-11-23T23:60:00Z', false],
  ['2026-12-31T23:59:60Z', false],
  ['2026-11-23T10:00:00+24:00', false],
  ['2026-11-23T10:00:00+05:60', false],
  ['2026-11-23T10:00:00+0530', false],
  ['2026-11-23T10:00:00', false],
  ['2026-11-23T10:00Z', false],
  ['2026-11-23 10:00:00Z', false],
  ['2026-11-23t10:00:00z', false],
  ['2026-11-23T10:00:00.Z', false],
  ['2026-11-23T10:00:00.1234567890Z', false],
  ['2026-11-23', false],
  ['+002026-11-23T10:00:00Z', false],
  [' 2026-11-23T10:00:00Z', false],
  ['2026-11-23T10:00:00Z\n', false],
  ['٢٠٢٦-11-23T10:00:00Z', false],
  ['', false],
];

describe('timestamps', () => {
  it.each(timestamps)('%j is judged the same by schema and function', (text, isValid) => {
    expect(timestampSchema.safeParse(text).success).toBe(isValid);
    expect(isTimestamp(text)).toBe(isValid);
  });

  it('are real calendar days, as Date counts them, in every month of four centuries', () => {
    for (let month = 0; month < 4_800; month++) {
      const year = 1800 + Math.floor(month / 12);
      for (const day of [28, 29, 30, 31]) {
        const text = `${year}-${String((month % 12) + 1).padStart(2, '0')}-${day}T00:00:00Z`;
        const isReal = new Date(Date.UTC(year, month % 12, day)).getUTCDate() === day;
        expect(isTimestamp(text), text).toBe(isReal);
      }
    }
  });
});
