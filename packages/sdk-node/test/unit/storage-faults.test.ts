import { AnalyticsError } from '@holdfast/sdk-core/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acked, makeRecord, range } from '../../../sdk-core/test/contract/event-store-records.js';
import type { FileEventStore } from '../../src/queue/file-event-store.js';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';
import { type Call, type Fault, FaultyFileSystem } from '../support/faulty-file-system.js';
import { ProcessWorld } from '../support/process-world.js';
import { StoreFolder } from '../support/store-folder.js';

/** So that a few appends fill a segment and the next one is opened. */
const small = { segmentBytes: 2_000 };
const errnos = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'EACCES'];
const calls = Object.keys(nodeFileSystem) as Call[];
const pad = 'x'.repeat(200);
const record = (n: number) => makeRecord(n, { json: `{"eventId":"e-${n}","pad":"${pad}"}` });

/** What a client knows of its events: the store must never contradict it. */
class Ledger {
  readonly stored = new Set<string>();
  readonly refused = new Set<string>();
  readonly settled = new Set<string>();
  readonly leased: string[] = [];

  async append(store: FileEventStore, numbers: readonly number[]): Promise<void> {
    const records = numbers.map(record);
    const ids = records.map(({ eventId }) => eventId);
    try {
      await store.append(records);
      for (const id of ids) this.stored.add(id);
    } catch (error) {
      expect(error).toBeInstanceOf(AnalyticsError);
      expect(['storage_full', 'storage_failed']).toContain((error as AnalyticsError).code);
      for (const id of ids) this.refused.add(id);
    }
  }

  /** Leases a few and gives each of them a verdict. */
  async deliver(store: FileEventStore, maxEvents: number): Promise<number> {
    const request = { priority: 'normal', maxEvents, maxBytes: 10_000_000 } as const;
    const leased = await store.lease(request).catch((error: unknown) => {
      expect(error).toBeInstanceOf(AnalyticsError);
      return [];
    });
    this.leased.push(...leased.map(({ eventId }) => eventId));
    await store.settle(acked(leased));
    for (const { eventId } of leased) this.settled.add(eventId);
    return leased.length;
  }

  async deliverAll(store: FileEventStore): Promise<void> {
    for (let round = 0; round < 20; round++) await this.deliver(store, 50);
  }

  /** Every stored event was delivered; nothing that was never accepted was. */
  expectNothingMissing(): void {
    for (const id of this.stored) expect(this.settled).toContain(id);
    for (const id of this.settled) expect(this.stored.has(id) || this.refused.has(id)).toBe(true);
  }
}

/** A client's life: two bursts that fill segments, deliveries, a state, and a clean end. */
async function live(store: FileEventStore, ledger: Ledger): Promise<void> {
  await Promise.all([
    ledger.append(store, range(1, 6)),
    ledger.append(store, range(7, 20)),
    ledger.append(store, range(21, 30)),
  ]);
  await ledger.deliver(store, 10);
  await store.writeState('{}').catch(expectAnalyticsError);
  await store.readState().catch(expectAnalyticsError);
  await ledger.append(store, range(31, 40));
  await ledger.deliver(store, 5);
  expect(new Set(ledger.leased).size).toBe(ledger.leased.length);
  for (const id of ledger.leased) expect(ledger.stored).toContain(id);
}

function expectAnalyticsError(error: unknown): undefined {
  expect(error).toBeInstanceOf(AnalyticsError);
}

describe('a queue on a failing disk', () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.dispose());

  /** Runs the life with a fault; false if the fault did not show. */
  async function surviveFault(fault: Fault, durability: 'process' | 'power'): Promise<boolean> {
    const faulty = new FaultyFileSystem(fault);
    const ledger = new Ledger();
    const world = new ProcessWorld();
    const processes = world.start();
    let store: FileEventStore;
    try {
      store = folder.open({ ...small, durability, fileSystem: faulty.fileSystem, processes });
    } catch (error) {
      expect((error as AnalyticsError).code).toBe('storage_unavailable');
      return faulty.wasHit;
    }
    await live(store, ledger);
    await store.close();
    const wasHit = faulty.wasHit;
    world.kill(processes);
    const next = await folder.openAdopting({ processes: world.start() });
    await ledger.deliverAll(next);
    ledger.expectNothingMissing();
    expect(next.usage()).toEqual({ events: 0, bytes: 0 });
    await next.purge();
    await next.close();
    return wasHit;
  }

  for (const durability of ['process', 'power'] as const) {
    it.each(errnos)(
      `keeps every stored event (${durability}) whichever call fails once with %s`,
      async (errno) => {
        for (const call of calls) {
          for (const from of [1, 2, 3, 5, 8]) {
            if (!(await surviveFault({ call, errno, from, isForGood: false }, durability))) break;
          }
        }
      },
      60_000,
    );

    it.each(errnos)(
      `keeps every stored event (${durability}) whichever call fails for good with %s`,
      async (errno) => {
        for (const call of calls) {
          for (const from of [1, 3]) {
            if (!(await surviveFault({ call, errno, from, isForGood: true }, durability))) break;
          }
        }
      },
      60_000,
    );
  }
});

describe('dead letters that are sent again', () => {
  it.each([
    ['the write', 'write', 'ENOSPC', 'storage_full'],
    ['the sync', 'syncData', 'EIO', 'storage_failed'],
  ] as const)('are kept when %s of it fails', async (_, call, errno, code) => {
    const folder = new StoreFolder();
    const faulty = new FaultyFileSystem();
    try {
      const store = folder.open({ durability: 'power', fileSystem: faulty.fileSystem });
      await store.append([record(1)]);
      const [leased] = await store.lease({ priority: 'normal', maxEvents: 1, maxBytes: 1_000 });
      await store.settle([
        { record: leased!, ending: { kind: 'rejected', code: 'too_deep', detail: undefined } },
      ]);
      faulty.set({ call, errno, from: 1, isForGood: true });
      await expect(store.resendDeadLetters()).rejects.toMatchObject({ code });
      faulty.set(undefined);
      expect(store.deadLetters()).toMatchObject([{ eventJson: record(1).json }]);
      expect(await store.resendDeadLetters()).toBe(1);
      expect(store.deadLetters()).toEqual([]);
    } finally {
      await folder.dispose();
    }
  });
});
