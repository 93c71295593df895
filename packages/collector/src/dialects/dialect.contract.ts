import { describe, expect, it } from 'vitest';
import type { AckStamp, BatchVerdict, Dialect, RequestForm, RequestHead } from './dialect.js';

/** What the suite needs to know of a dialect to speak it. */
export interface DialectSample {
  /** A new dialect, as a collector makes it once. */
  create(): Dialect;
  /** A request with the events in it, all of them sound, under these ids. */
  request(eventIds: readonly string[]): { head: RequestHead; body: Buffer };
  /** A body that the dialect cannot read at all. */
  readonly unreadable: Buffer;
  /** What an answer says: how many events need not be sent again, as the client reads it. */
  settledEvents(status: number, body: unknown, eventCount: number): number;
}

const stamp: AckStamp = {
  region: 'default',
  epoch: 0,
  durable: ['file'],
  newBatchId: () => 'a-new-batch',
};

/** What every dialect promises. */
export function describeDialect(name: string, sample: DialectSample): void {
  const ids = (count: number) => Array.from({ length: count }, (_, n) => `sample-${n}`);
  const formOf = (dialect: Dialect, head: RequestHead) => {
    const form = dialect.readForm(head);
    if (form.kind !== 'form') throw new Error(`refused: ${form.code}`);
    return form;
  };
  const batchOf = (dialect: Dialect, body: Buffer, form: RequestForm) => {
    const batch = dialect.readEvents(body, form);
    if (batch.kind !== 'batch') throw new Error(`a problem: ${batch.code}`);
    return batch;
  };

  describe(`${name} keeps the promises of a dialect`, () => {
    it('has paths of its own, each from the root', () => {
      const { paths } = sample.create();
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) expect(path).toMatch(/^\/[^?#]*$/);
      expect(new Set(paths).size).toBe(paths.length);
    });

    it('finds every event of a request under its eventId, in order', () => {
      const dialect = sample.create();
      const { head, body } = sample.request(ids(3));
      const { events } = batchOf(dialect, body, formOf(dialect, head));
      expect(events.map((event) => event.kind === 'valid' && event.eventId)).toEqual(ids(3));
    });

    it('keeps nothing of one request for the next', () => {
      const dialect = sample.create();
      for (const eventIds of [ids(4), ['alone']]) {
        const { head, body } = sample.request(eventIds);
        const { events } = batchOf(dialect, body, formOf(dialect, head));
        expect(events).toHaveLength(eventIds.length);
      }
      const { head } = sample.request(ids(1));
      dialect.readEvents(Buffer.from(sample.unreadable), formOf(dialect, head));
      const again = sample.request(['after']);
      expect(batchOf(dialect, again.body, formOf(dialect, again.head)).events).toHaveLength(1);
    });

    it('calls what it cannot read a problem, and throws for no bytes', () => {
      const dialect = sample.create();
      const form = formOf(dialect, sample.request(ids(1)).head);
      expect(dialect.readEvents(Buffer.from(sample.unreadable), form).kind).toBe('problem');
      for (const bytes of [Buffer.alloc(0), Buffer.from([0xff, 0xfe, 0x00]), Buffer.from('[[[')]) {
        expect(dialect.readEvents(bytes, form).kind).toBe('problem');
      }
    });

    it('throws for no head: it reads it or refuses it', () => {
      const dialect = sample.create();
      const query = new URLSearchParams('priority=&compression=zip&writeKey=');
      const headers = { 'content-type': 'x/y; charset=z', 'content-encoding': 'a, b' };
      for (const head of [
        { headers: {}, query: new URLSearchParams() },
        { headers, query },
      ]) {
        expect(['form', 'refused']).toContain(dialect.readForm(head).kind);
      }
    });

    it('never tells a client to let go of an event that is to be sent again', () => {
      const dialect = sample.create();
      const { head, body } = sample.request(ids(5));
      const batch = batchOf(dialect, body, formOf(dialect, head));
      const verdicts: BatchVerdict[] = [
        { accepted: 5, duplicates: 0, rejected: [], retry: [] },
        { accepted: 2, duplicates: 3, rejected: [], retry: [] },
        { accepted: 4, duplicates: 0, rejected: [{ index: 1, code: 'too_deep' }], retry: [] },
        { accepted: 4, duplicates: 0, rejected: [], retry: [{ index: 2, code: 'sink_busy' }] },
      ];
      const settled = verdicts.map((verdict) => {
        const answer = dialect.answer(batch, verdict, stamp);
        return sample.settledEvents(answer.status, answer.body, 5);
      });
      expect(settled.slice(0, 3)).toEqual([5, 5, 5]);
      expect(settled[3]).toBeLessThanOrEqual(4);
    });
  });
}
