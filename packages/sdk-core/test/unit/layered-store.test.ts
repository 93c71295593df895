import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { Emitter } from '../../src/emitter.js';
import { AnalyticsError } from '../../src/errors.js';
import { LayeredStore } from '../../src/layered-store.js';
import * as clientLimits from '../../src/limits.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { QueueRecord } from '../../src/ports.js';
import { idsOf, leaseAll, makeRecord, request } from '../contract/event-store-records.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** A storage that can be told to refuse writes. */
class RefusingStore extends MemoryEventStore {
  isFull = false;

  override append(records: readonly QueueRecord[]): Promise<void> {
    if (this.isFull) return Promise.reject(new AnalyticsError('storage_full', 'no room'));
    return super.append(records);
  }
}

describe('LayeredStore', () => {
  it('stores what was being sent from memory while the storage recovered', async () => {
    const [durable, clock] = [new RefusingStore(), new VirtualClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    durable.isFull = true;
    let isStored = false;
    void store.append([makeRecord(1), makeRecord(2)]).then(() => {
      isStored = true;
    });
    await clock.settle();
    const underWay = await store.lease(request({ maxEvents: 1 }));
    durable.isFull = false;
    await clock.advance(clientLimits.storeRetryCapMs);
    expect(durable.usage().events).toBe(1);
    expect(isStored).toBe(false);

    store.release(underWay);
    await clock.settle();
    expect(isStored).toBe(true);
    expect(idsOf(await leaseAll(durable)).sort()).toEqual(['e-1', 'e-2']);
  });

  it('stores what comes while it moves the rest, of whatever priority', async () => {
    class SlowStore extends RefusingStore {
      letGo = () => {};
      override async append(records: readonly QueueRecord[]): Promise<void> {
        await super.append([]);
        await new Promise<void>((resolve) => {
          this.letGo = resolve;
        });
        return super.append(records);
      }
    }
    const [durable, clock] = [new SlowStore(), new VirtualClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    durable.isFull = true;
    const appends = [store.append([makeRecord(1, { priority: 'low' })])];
    await clock.settle();
    durable.isFull = false;
    await clock.advance(clientLimits.storeRetryCapMs);
    appends.push(store.append([makeRecord(2, { priority: 'critical' })]));
    for (let move = 0; move < 2; move++) {
      durable.letGo();
      await clock.settle();
    }
    await Promise.all(appends);
    expect(durable.usage().events).toBe(2);
  });

  it('keeps the process alive for whoever awaits stored(), from the first refusal on', async () => {
    class WatchedClock extends VirtualClock {
      readonly keepAlives: (boolean | undefined)[] = [];
      override schedule(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void {
        this.keepAlives.push(keepsAlive);
        return super.schedule(delayMs, callback);
      }
    }
    const [durable, clock] = [new RefusingStore(), new WatchedClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    durable.isFull = true;
    void store.append([makeRecord(1)]);
    await clock.settle();
    expect(clock.keepAlives).toEqual([true]);
  });

  it('says that there is something to send when a refusal comes late', async () => {
    const [durable, clock] = [new RefusingStore(), new VirtualClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    // As a sender does: it looks when it is told of something, and finds what is there then.
    let found = store.waiting('normal').events;
    store.onArrival(() => {
      found = store.waiting('normal').events;
    });
    durable.isFull = true;
    void store.append([makeRecord(1)]);
    expect(found).toBe(0);
    await clock.settle();
    expect(found).toBe(1);
  });

  it('hands all priorities to the storage at once: the page may go while it opens', async () => {
    class OpeningStore extends MemoryEventStore {
      readonly handed: number[] = [];
      override append(records: readonly QueueRecord[]): Promise<void> {
        this.handed.push(...records.map(({ seq }) => seq));
        return new Promise(() => {});
      }
    }
    const [durable, clock] = [new OpeningStore(), new VirtualClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    store.hold(true);
    void store.append([
      makeRecord(1, { priority: 'low' }),
      makeRecord(2),
      makeRecord(3, { priority: 'critical' }),
    ]);
    store.hold(false);
    await clock.settle();
    expect(durable.handed).toEqual([3, 2, 1]);
  });

  it('keeps nothing of a write that found the visitor’s denial', async () => {
    class DeniedStore extends MemoryEventStore {
      override append(): Promise<void> {
        void store.purge();
        return Promise.reject(new AnalyticsError('storage_failed', 'ConstraintError'));
      }
    }
    const [durable, clock] = [new DeniedStore(), new VirtualClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    await store.append([makeRecord(1)]);
    expect(store.usage().events).toBe(0);
  });

  it('purges what is in memory though the storage cannot be purged', async () => {
    class LostStore extends MemoryEventStore {
      override purge(): Promise<number> {
        return Promise.reject(new AnalyticsError('storage_unavailable', 'it does not open'));
      }
    }
    const [durable, clock] = [new LostStore(), new VirtualClock()];
    const random = new SeededRandom(1);
    const store = new LayeredStore({
      storage: durable,
      clock,
      random,
      emitter: new Emitter(),
      onLost: () => {},
    });
    store.hold(true);
    void store.append([makeRecord(1)]);
    await expect(store.purge()).rejects.toThrow();
    expect(store.usage().events).toBe(0);
  });
});
