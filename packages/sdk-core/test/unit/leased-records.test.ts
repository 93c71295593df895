import { describe, expect, it } from 'vitest';
import { AnalyticsError } from '../../src/errors.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { LeasedRecord, LeaseRequest, QueueRecord, SettledRecord } from '../../src/ports.js';
import { makeClient } from '../support/bench-client.js';
import { refusedConnection } from '../support/model-collector.js';

/** A storage that can be told to refuse writes, or to be slow to read. */
class UnreliableStore extends MemoryEventStore {
  isFull = false;
  failedSettlements = 0;
  lastRead: Promise<void> = Promise.resolve();

  override append(records: readonly QueueRecord[]): Promise<void> {
    if (this.isFull) return Promise.reject(new AnalyticsError('storage_full', 'no room'));
    return super.append(records);
  }

  override async lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    const records = await super.lease(request);
    await this.lastRead;
    return records;
  }

  override settle(settled: readonly SettledRecord[]): Promise<void> {
    const isDrop = settled.some(({ ending }) => ending.kind === 'dropped');
    if (isDrop && this.failedSettlements-- > 0) {
      return Promise.reject(new AnalyticsError('storage_failed', 'the connection is gone'));
    }
    return super.settle(settled);
  }
}

describe('leased records', () => {
  it('come back when the expiry of some of them could not be written', async () => {
    const store = new UnreliableStore();
    const { client, clock, collector, seen, track } = makeClient(
      { maxEventAgeMs: 10_000 },
      { store },
    );
    await client.start();
    track('in time');
    await clock.advance(2_000);
    collector.rules = [() => refusedConnection];
    track('too late');
    await clock.advance(30_000);
    track('young');
    collector.rules = [];
    store.failedSettlements = 1;
    void client.flush();
    await clock.advance(5_000);
    expect(seen.dropped).toEqual([{ reason: 'expired', count: 1 }]);
    expect([...collector.taken.values()].map(({ event }) => event)).toContain('young');
    expect(store.usage().events).toBe(0);
  });

  it('come back when nobody could say whether this is still the sender', async () => {
    const store = new MemoryEventStore();
    let failures = 1;
    const confirmSender = async () => {
      if (failures-- > 0) throw new Error('InvalidStateError');
      return true;
    };
    const { client, clock, collector, track } = makeClient({}, { store, confirmSender });
    await client.start();
    track('one');
    await clock.advance(10_000);
    expect(collector.taken.size).toBe(1);
  });

  it('are not sent by a page that was told to stop while it read them', async () => {
    const store = new UnreliableStore();
    const { client, clock, collector, track } = makeClient({ flushIntervalMs: 60_000 }, { store });
    await client.start();
    await clock.settle();
    track('one');
    await clock.settle();
    let arrive = () => {};
    store.lastRead = new Promise((resolve) => {
      arrive = resolve;
    });
    const last = client.delivery.sendLast(16_384);
    await clock.settle();
    client.delivery.stop();
    arrive();
    await last;
    expect(collector.requests).toHaveLength(0);
    expect(store.waiting('normal').events).toBe(1);
  });

  it('leave with a page that gives its place to another one in the same task', async () => {
    const { client, clock, collector, seen, track } = makeClient({ flushIntervalMs: 60_000 });
    await client.start();
    await clock.settle();
    track('one');
    await clock.settle();
    collector.rules = [
      (events, request) =>
        new Promise((resolve) => {
          request.signal.onAbort(() => resolve({ kind: 'network', detail: 'aborted' }));
          clock.schedule(100, () => resolve(collector.ack(events, request)));
        }),
    ];
    const last = client.delivery.sendLast(16_384);
    client.delivery.stop(true);
    await clock.advance(50);
    client.delivery.stop(true);
    await clock.advance(100);
    await last;
    expect(seen.delivered).toHaveLength(1);
    expect(collector.taken.size).toBe(1);
  });

  it('of a retry list are stored at shutdown, though its answer came when all had to end', async () => {
    const store = new UnreliableStore();
    const { client, clock, collector, seen, track } = makeClient({}, { store });
    await client.start();
    store.isFull = true;
    track('one');
    collector.retries = () => true;
    collector.rules = [
      (events, request) =>
        new Promise((resolve) =>
          request.signal.onAbort(() => resolve(collector.ack(events, request))),
        ),
    ];
    await clock.advance(1_500);
    expect(collector.requests).toHaveLength(1);
    store.isFull = false;
    const closed = client.shutdown({ timeoutMs: 0 });
    await clock.advance(10);
    expect(await closed).toMatchObject({ pending: 1, dropped: 0 });
    expect(seen.dropped).toEqual([]);
    expect(store.usage().events).toBe(1);
  });
});
