import type { AcceptedEvent } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { MemorySeenEvents } from '../../src/dedup/memory-seen-events.js';
import type { SeenEvents } from '../../src/dedup/seen-events.js';
import { StoreOnce } from '../../src/dedup/store-once.js';
import type { SinkOutcome } from '../../src/sinks/event-sink.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import { acceptedEvent } from '../support/accepted-event.js';

const refused: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };

/** A sink that waits with its outcomes until a test gives them. */
class HeldSink extends MemorySink {
  readonly held: { ids: string[]; answer: (outcomes?: readonly SinkOutcome[]) => void }[] = [];

  override write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    return new Promise((resolve) => {
      const ids = events.map(({ eventId }) => eventId);
      const stored = events.map(() => ({ kind: 'stored' }) as const);
      this.held.push({ ids, answer: (outcomes = stored) => resolve(outcomes) });
    });
  }
}

async function openSink(): Promise<MemorySink> {
  const sink = new MemorySink();
  await sink.open();
  return sink;
}

const kinds = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);
const ids = (sink: MemorySink) => sink.events.map(({ eventId }) => eventId);
const events = (...eventIds: string[]) => eventIds.map((eventId) => acceptedEvent(eventId));

describe('StoreOnce', () => {
  it('writes an event once, however often it is sent', async () => {
    const sink = await openSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    expect(kinds(await store.store(events('a', 'b')))).toEqual(['stored', 'stored']);
    expect(kinds(await store.store(events('b', 'c')))).toEqual(['duplicate', 'stored']);
    expect(ids(sink)).toEqual(['a', 'b', 'c']);
  });

  it('takes the second of two equal events in one batch for a duplicate', async () => {
    const sink = await openSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    expect(kinds(await store.store(events('a', 'a')))).toEqual(['stored', 'duplicate']);
    expect(ids(sink)).toEqual(['a']);
  });

  it('writes a copy under another number of its queue, and each number once', async () => {
    const sink = await openSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    const numbered = (seq: number) => acceptedEvent('a', { queue: `{"id":"q","seq":${seq}}` });
    expect(kinds(await store.store([numbered(1), numbered(2)]))).toEqual(['stored', 'stored']);
    expect(kinds(await store.store([numbered(2), numbered(1)]))).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  it('knows an event by its source and day, not by its eventId alone', async () => {
    const sink = await openSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    await store.store([acceptedEvent('a')]);
    const others = [
      acceptedEvent('a', { source: 'blog' }),
      acceptedEvent('a', { idDay: '1970-01-01' }),
    ];
    expect(kinds(await store.store(others))).toEqual(['stored', 'stored']);
  });

  it('marks as seen only after the sink stored it: a failed write is written again', async () => {
    const sink = await openSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    sink.isDown = true;
    expect(await store.store(events('a'))).toEqual([{ kind: 'retry', code: 'sink_unavailable' }]);
    sink.isDown = false;
    expect(kinds(await store.store(events('a')))).toEqual(['stored']);
    expect(ids(sink)).toEqual(['a']);
  });

  it('marks of a batch what was stored alone, though it knew one of it before', async () => {
    const sink = new HeldSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    const known = store.store(events('a'));
    await expect.poll(() => sink.held.length).toBe(1);
    sink.held[0]!.answer();
    await known;
    const batch = store.store(events('a', 'b', 'c'));
    await expect.poll(() => sink.held.length).toBe(2);
    sink.held[1]!.answer([refused, { kind: 'stored' }]);
    expect(kinds(await batch)).toEqual(['duplicate', 'retry', 'stored']);
    void store.store(events('a', 'b', 'c'));
    await expect.poll(() => sink.held[2]?.ids).toEqual(['b']);
  });

  it('lets a copy that arrives meanwhile wait for the first and share its outcome', async () => {
    const sink = new HeldSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    const first = store.store(events('a', 'b'));
    const copies = store.store(events('b', 'a', 'c'));
    await expect.poll(() => sink.held.map((held) => held.ids)).toEqual([['a', 'b'], ['c']]);
    sink.held[1]!.answer();
    sink.held[0]!.answer([{ kind: 'stored' }, refused]);
    expect(kinds(await first)).toEqual(['stored', 'retry']);
    expect(await copies).toEqual([refused, { kind: 'duplicate' }, { kind: 'stored' }]);
  });

  it('does not wait for ever when two batches hold copies of each other', async () => {
    const sink = new HeldSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    const one = store.store(events('a', 'b'));
    const two = store.store(events('c', 'a'));
    const three = store.store(events('b', 'c'));
    await expect.poll(() => sink.held.length).toBe(2);
    for (const held of sink.held) held.answer();
    expect(kinds(await one)).toEqual(['stored', 'stored']);
    expect(kinds(await two)).toEqual(['stored', 'duplicate']);
    expect(kinds(await three)).toEqual(['duplicate', 'duplicate']);
  });

  it('calls an event stored only if every sink stored it', async () => {
    const [one, two] = [await openSink(), await openSink()];
    const store = new StoreOnce([one, two], new MemorySeenEvents(100));
    two.isDown = true;
    expect(kinds(await store.store(events('a')))).toEqual(['retry']);
    two.isDown = false;
    expect(kinds(await store.store(events('a')))).toEqual(['stored']);
    expect([ids(one), ids(two)]).toEqual([['a', 'a'], ['a']]);
  });

  it('asks for an event again for which a sink gives no outcome, or throws', async () => {
    const sink = new HeldSink();
    const store = new StoreOnce([sink], new MemorySeenEvents(100));
    const outcome = store.store(events('a', 'b'));
    await expect.poll(() => sink.held.length).toBe(1);
    sink.held[0]!.answer([{ kind: 'stored' }]);
    expect(kinds(await outcome)).toEqual(['stored', 'retry']);
    const broken = new MemorySink();
    broken.write = () => Promise.reject(new Error('a bug'));
    const other = new StoreOnce([broken], new MemorySeenEvents(100));
    await expect(other.store(events('a'))).rejects.toThrow('a bug');
    broken.write = async (all) => all.map(() => ({ kind: 'stored' }));
    expect(kinds(await other.store(events('a')))).toEqual(['stored']);
  });

  it('goes on without its memory of seen events when that fails', async () => {
    const seen: SeenEvents = {
      find: async (keys) => keys.map(() => false),
      mark: async () => undefined,
    };
    const sink = await openSink();
    const store = new StoreOnce([sink], seen);
    await store.store(events('a'));
    expect(kinds(await store.store(events('a')))).toEqual(['stored']);
  });
});

describe('MemorySeenEvents', () => {
  it('holds the newest half of its size at least, and never more than its size', async () => {
    const seen = new MemorySeenEvents(100);
    const key = (n: number) => `e-${n}`;
    for (let n = 0; n < 1_000; n++) {
      await seen.mark([key(n)]);
      expect(seen.size).toBeLessThanOrEqual(100);
      const newest = Array.from({ length: Math.min(50, n + 1) }, (_, i) => key(n - i));
      expect(await seen.find(newest)).not.toContain(false);
    }
    expect(await seen.find([key(0)])).toEqual([false]);
  });
});
