import type { AcceptedEvent } from '@holdfast/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { acceptedEvent } from '../../test/support/accepted-event.js';
import type { EventSink } from './event-sink.js';

/** What the tier behind a sink has of an event. */
export interface StoredRecord {
  readonly eventId: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface SinkUnderTest {
  /** Not opened yet. */
  readonly sink: EventSink;
  /** Everything in the tier, copies included. */
  readStored(): Promise<readonly StoredRecord[]>;
  /** From now on the tier takes nothing. */
  breakTier(): Promise<void>;
  mendTier(): Promise<void>;
  dispose(): Promise<void>;
}

/** By then a sink must have answered, whatever happens behind it. */
const answerMs = 15_000;
/** By then it must be back by itself: breakers wait for 30 s. */
const recoveryMs = 90_000;
const stored = { kind: 'stored' };

/** What every sink promises, whatever is behind it; `canBreak`: unless its tier is not ours. */
export function describeEventSink(
  name: string,
  make: () => Promise<SinkUnderTest>,
  canBreak = true,
): void {
  const opened = async () => {
    const made = await make();
    onTestFinished(() => made.dispose());
    await made.sink.open();
    onTestFinished(() => made.sink.close(5_000));
    const storedIds = async () => (await made.readStored()).map(({ eventId }) => eventId).sort();
    return { ...made, storedIds };
  };

  describe(`${name} keeps the promises of an event sink`, { timeout: 180_000 }, () => {
    it('is available once opened, and says what its ack stands for', async () => {
      const { sink } = await opened();
      expect(sink.availability().isAvailable).toBe(true);
      expect(sink.durable.startsWith(sink.name)).toBe(true);
    });

    it('has each event that it called stored, with its very bytes and headers', async () => {
      const { sink, readStored } = await opened();
      const event = acceptedEvent('one', { bytes: Buffer.from('{"a" :\t"é€😀\\u0000"}') });
      expect(await sink.write([event])).toEqual([stored]);
      expect(await readStored()).toEqual([
        { eventId: 'one', value: event.bytes.toString(), headers: event.headers },
      ]);
    });

    it('gives one outcome an event, for none and for 500', async () => {
      const { sink } = await opened();
      expect(await sink.write([])).toEqual([]);
      expect(await sink.write(events('one', 500))).toEqual(new Array(500).fill(stored));
    });

    it('takes many writes at once and loses none', async () => {
      const { sink, storedIds } = await opened();
      const batches = Array.from({ length: 40 }, (_, i) => events(`b${i}`, 1 + (i % 7)));
      const outcomes = await Promise.all(batches.map((batch) => sink.write(batch)));
      const flat = batches.flat().map(({ eventId }) => eventId);
      expect(outcomes.map(({ length }) => length)).toEqual(batches.map(({ length }) => length));
      expect(outcomes.flat()).toEqual(flat.map(() => stored));
      expect(await storedIds()).toEqual(flat.sort());
    });

    it('finishes what is under way when it is closed, and takes nothing afterwards', async () => {
      const { sink, storedIds } = await opened();
      const writing = sink.write(events('last', 5));
      await sink.close(10_000);
      expect(await writing).toEqual(new Array(5).fill(stored));
      const late = await sink.write(events('late', 1));
      expect(late).toEqual([{ kind: 'retry', code: 'sink_unavailable' }]);
      expect(await storedIds()).toHaveLength(5);
    });

    it('keeps the largest events', async () => {
      const { sink, readStored } = await opened();
      const large = events('large', 60).map(({ eventId }) => {
        const json = `{"type":"track","eventId":"${eventId}","fill":"`;
        return acceptedEvent(eventId, { bytes: Buffer.from(`${json.padEnd(31_998, 'x')}"}`) });
      });
      expect(await sink.write(large)).toEqual(large.map(() => stored));
      const values = (await readStored()).map(({ value }) => value);
      expect(values.sort()).toEqual(large.map(({ bytes }) => bytes.toString()).sort());
    });

    it.skipIf(!canBreak)(
      'answers retry in time while its tier is broken, and is back by itself',
      async () => {
        const { sink, storedIds, breakTier, mendTier } = await opened();
        await sink.write(events('before', 1));
        await breakTier();
        const startMs = performance.now();
        const outcomes = await sink.write(events('meanwhile', 3));
        expect(performance.now() - startMs).toBeLessThan(answerMs + 1_000);
        expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry']);
        await mendTier();
        await vi.waitFor(
          async () => expect(await sink.write(events('after', 1))).toEqual([stored]),
          {
            timeout: recoveryMs,
            interval: 100,
          },
        );
        expect(await storedIds()).toEqual(expect.arrayContaining(['after-0', 'before-0']));
      },
    );
  });
}

function events(prefix: string, count: number): AcceptedEvent[] {
  return Array.from({ length: count }, (_, i) => acceptedEvent(`${prefix}-${i}`));
}
