import type { AcceptedEvent } from '@holdfast/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventSink } from '../../src/sinks/event-sink.js';
import { acceptedEvent } from '../support/accepted-event.js';

export interface SinkUnderTest {
  readonly sink: EventSink;
  /** The eventIds that the tier behind it has, copies included. */
  storedEventIds(): Promise<string[]>;
}

/** What every sink promises, whatever is behind it. `make` gives a sink that is not opened. */
export function eventSinkContract(name: string, make: () => Promise<SinkUnderTest>): void {
  const opened = async () => {
    const made = await make();
    await made.sink.open();
    onTestFinished(() => made.sink.close(5_000));
    return made;
  };
  const events = (prefix: string, count: number): AcceptedEvent[] =>
    Array.from({ length: count }, (_, i) => acceptedEvent(`${prefix}-${i}`));

  describe(`${name} keeps the promises of an event sink`, () => {
    it('is available once opened, and says what its ack stands for', async () => {
      const { sink } = await opened();
      expect(sink.availability()).toEqual({ isAvailable: true });
      expect(sink.durable.startsWith(sink.name)).toBe(true);
    });

    it('has each event that it called stored', async () => {
      const { sink, storedEventIds } = await opened();
      const outcomes = await sink.write(events('one', 3));
      expect(outcomes).toEqual([1, 2, 3].map(() => ({ kind: 'stored' })));
      expect((await storedEventIds()).sort()).toEqual(['one-0', 'one-1', 'one-2']);
    });

    it('gives one outcome an event, for none too', async () => {
      const { sink } = await opened();
      expect(await sink.write([])).toEqual([]);
      expect(await sink.write(events('one', 500))).toHaveLength(500);
    });

    it('takes many writes at once and mixes none up', async () => {
      const { sink, storedEventIds } = await opened();
      const batches = Array.from({ length: 40 }, (_, i) => events(`b${i}`, 1 + (i % 7)));
      const outcomes = await Promise.all(batches.map((batch) => sink.write(batch)));
      outcomes.forEach((outcome, i) => expect(outcome).toHaveLength(batches[i]!.length));
      const expected = batches.flat().map(({ eventId }) => eventId);
      expect((await storedEventIds()).sort()).toEqual(expected.sort());
    });

    it('finishes what is under way when it is closed, and takes nothing afterwards', async () => {
      const { sink, storedEventIds } = await opened();
      const writing = sink.write(events('last', 5));
      await sink.close(5_000);
      expect((await writing).map(({ kind }) => kind)).toEqual(new Array(5).fill('stored'));
      expect(await storedEventIds()).toHaveLength(5);
      const late = await sink.write(events('late', 1));
      expect(late).toEqual([{ kind: 'retry', code: 'sink_unavailable' }]);
    });
  });
}
