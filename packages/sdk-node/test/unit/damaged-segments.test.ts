import { readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LeasedRecord } from '@holdfast/sdk-core/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  acked,
  ids,
  idsOf,
  leaseAll,
  makeRecord,
  range,
  textOf,
} from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../src/limits.js';
import type { FileEventStore } from '../../src/queue/file-event-store.js';
import type { QueueSeqs } from '../../src/queue/seq-runs.js';
import { StoreFolder } from '../support/store-folder.js';

describe('a queue with damaged files', () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.dispose());

  /** Leaves a segment of five events behind, the second of which is acked. */
  async function leaveFive(): Promise<string> {
    const store = folder.open();
    await store.append(range(1, 5).map((n) => makeRecord(n)));
    const leased = await store.lease({ priority: 'normal', maxEvents: 2, maxBytes: 10_000 });
    await store.settle(acked([leased[1]!]));
    store.releaseNow();
    return pathOf('.seg');
  }

  const pathOf = (suffix: string) =>
    join(folder.rootPath, folder.files().find((name) => name.endsWith(suffix))!);

  interface Found {
    readonly store: FileEventStore;
    readonly leased: LeasedRecord[];
    readonly corruptCounts: number[];
    readonly known: QueueSeqs[];
  }

  async function adopt(): Promise<Found> {
    const store = folder.open();
    const corruptCounts: number[] = [];
    const known: QueueSeqs[] = [];
    store.onCorrupt((count, seqs) => {
      corruptCounts.push(count);
      known.push(...seqs);
    });
    await store.adopt();
    return { store, leased: await leaseAll(store), corruptCounts, known };
  }

  function flip(path: string, at: number): void {
    const bytes = readFileSync(path);
    bytes[at]! ^= 0x10;
    writeFileSync(path, bytes);
  }

  const recordBytes = (path: string) => (statSync(path).size - 8) / 5;

  it('gives out all that is whole, tells of the rest once, and keeps the file', async () => {
    const path = await leaveFive();
    flip(path, 8 + Math.floor(recordBytes(path) * 2.5));
    const damaged = readFileSync(path);

    const first = await adopt();
    expect(idsOf(first.leased)).toEqual(ids(1, 4, 5));
    expect(first.corruptCounts).toEqual([1]);
    expect(first.store.usage().events).toBe(3);
    first.store.releaseNow();

    const second = await adopt();
    expect(idsOf(second.leased)).toEqual(ids(1, 4, 5));
    expect(second.corruptCounts).toEqual([]);
    await second.store.settle(acked(second.leased));
    await second.store.close();

    expect(second.store.usage()).toEqual({ events: 0, bytes: 0 });
    const files = folder.files();
    expect(files).toEqual([expect.stringMatching(/^quarantine\/.*\.seg$/)]);
    expect(readFileSync(join(folder.rootPath, files[0]!))).toEqual(damaged);
  });

  it('tells of a torn tail as one lost event, and not again', async () => {
    const path = await leaveFive();
    truncateSync(path, 8 + recordBytes(path) * 4 + 10);
    const first = await adopt();
    expect([idsOf(first.leased), first.corruptCounts]).toEqual([ids(1, 3, 4), [1]]);
    first.store.releaseNow();
    const second = await adopt();
    expect([idsOf(second.leased), second.corruptCounts]).toEqual([ids(1, 3, 4), []]);
  });

  it('counts an event as lost only if it had no verdict yet', async () => {
    const path = await leaveFive();
    flip(path, 8 + Math.floor(recordBytes(path) * 1.5));
    const { leased, corruptCounts } = await adopt();
    expect([idsOf(leased), corruptCounts]).toEqual([ids(1, 3, 4, 5), []]);
  });

  it('tells of what a cut took though it left whole records alone, if a verdict proves it', async () => {
    const store = folder.open();
    await store.append(range(1, 5).map((n) => makeRecord(n)));
    const leased = await leaseAll(store);
    await store.settle(acked([leased[4]!]));
    store.releaseNow();
    const path = pathOf('.seg');
    truncateSync(path, 8 + recordBytes(path) * 3);
    const found = await adopt();
    expect([idsOf(found.leased), found.corruptCounts]).toEqual([ids(1, 2, 3), [1]]);
    await found.store.settle(acked(found.leased));
    await found.store.close();
    expect(folder.files()).toEqual([expect.stringMatching(/^quarantine\//)]);
  });

  it('sends what it finds in a renamed segment by the priority of the name', async () => {
    const path = await leaveFive();
    renameSync(path, path.replace('-n-', '-l-'));
    const { store } = await adopt();
    expect(store.waiting('low').events).toBe(5);
    const leased = await leaseAll(store, 'low');
    expect(idsOf(leased)).toEqual(ids(1, 2, 3, 4, 5));
    await store.settle(acked(leased));
    for (const priority of ['low', 'normal'] as const) {
      expect(store.waiting(priority)).toEqual({ events: 0, bytes: 0 });
    }
  });

  it('gives no state rather than another one', async () => {
    const store = folder.open();
    await store.writeState('{"epoch":7}');
    const path = pathOf('state');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(path, damaged);
      expect(await store.readState()).toBeUndefined();
    }
    writeFileSync(path, whole);
    expect(await store.readState()).toBe('{"epoch":7}');
  });

  it('reads all events of a file whose head is damaged', async () => {
    flip(await leaveFive(), 3);
    const { leased, corruptCounts } = await adopt();
    expect([idsOf(leased), corruptCounts]).toEqual([ids(1, 3, 4, 5), []]);
  });

  it('loses at most one event to a flip anywhere, and what follows to a cut', async () => {
    const texts = range(1, 5).map((n) => makeRecord(n).json);
    for (let at = 1, size = 2; at < size; at += 9) {
      const path = await leaveFive();
      const bytes = readFileSync(path);
      size = bytes.length;
      const isCut = at % 2 === 0;
      if (!isCut) bytes[at]! ^= 1 << (at & 7);
      writeFileSync(path, isCut ? bytes.subarray(0, at) : bytes);
      const { store, leased } = await adopt();
      const whole = isCut ? Math.floor((at - 8) / ((size - 8) / 5)) : 5;
      expect(leased.length).toBeGreaterThanOrEqual(isCut ? whole - 1 : 3);
      for (const { json } of leased) expect(texts).toContain(textOf(json));
      await store.purge();
      await store.close();
    }
  }, 30_000);

  it('sends again what a torn ack file forgets, and deletes nothing', async () => {
    await leaveFive();
    const ackPath = pathOf('.ack');
    truncateSync(ackPath, statSync(ackPath).size - 1);
    const { leased, corruptCounts, store } = await adopt();
    expect([idsOf(leased), corruptCounts]).toEqual([ids(1, 2, 3, 4, 5), []]);
    // What is settled next overwrites the torn entry, so that it is known to the next process.
    await store.settle(acked(leased.slice(0, 3)));
    store.releaseNow();
    expect(idsOf((await adopt()).leased)).toEqual(ids(4, 5));
  });

  it('ignores and removes an ack file without a segment, also one that names another', async () => {
    const path = await leaveFive();
    const acks = readFileSync(pathOf('.ack'));
    writeFileSync(path.replace('00000001-', '00000007-').replace('.seg', '.ack'), acks);
    writeFileSync(pathOf('.ack'), Buffer.concat([acks.subarray(0, 15), Buffer.of(acks[15]! ^ 1)]));
    const { leased } = await adopt();
    expect(idsOf(leased)).toEqual(ids(1, 2, 3, 4, 5));
    expect(folder.files().filter((name) => name.includes('00000007'))).toEqual([]);
  });

  it('puts a file into quarantine unread that is too large to be a segment', async () => {
    const path = await leaveFive();
    truncateSync(path, nodeLimits.maxReadableSegmentBytes + 1);
    const { store, leased, corruptCounts } = await adopt();
    expect([idsOf(leased), corruptCounts]).toEqual([[], [1]]);
    await store.close();
    expect(folder.files()).toEqual([expect.stringMatching(/^quarantine\//)]);
  });

  it.each([
    ['in the middle', 3.5, [1, 2, 3, 5]],
    ['at the end', 4.5, [1, 2, 3, 4]],
  ])('notices damage that came while it was running, %s', async (_where, at, left) => {
    const store = folder.open({ tailBytes: 0 });
    const corruptCounts: number[] = [];
    store.onCorrupt((count) => corruptCounts.push(count));
    await store.append(range(1, 5).map((n) => makeRecord(n)));
    const path = pathOf('.seg');
    flip(path, 8 + Math.floor(recordBytes(path) * at));
    expect([idsOf(await leaseAll(store)), corruptCounts]).toEqual([ids(...left), [1]]);
    expect(store.usage().events).toBe(4);
    store.releaseNow();

    const next = await adopt();
    expect([idsOf(next.leased), next.corruptCounts]).toEqual([ids(...left), []]);
    await next.store.settle(acked(next.leased));
    expect(next.store.usage()).toEqual({ events: 0, bytes: 0 });
    await next.store.close();
    expect(folder.files().filter((name) => !name.endsWith('/owner'))).toEqual([
      expect.stringMatching(/^quarantine\//),
    ]);
  });

  it.each([
    ['in the middle', 3.5, 4],
    ['at the end', 4.5, 5],
  ])('tells the number of what it wrote itself, %s', async (_where, at, lost) => {
    const store = folder.open({ tailBytes: 0 });
    const known: QueueSeqs[] = [];
    store.onCorrupt((_count, seqs) => known.push(...seqs));
    // Others stand between them, in another priority's segment.
    await store.append(range(1, 5).map((n) => makeRecord(10 * n)));
    const path = pathOf('.seg');
    flip(path, 8 + Math.floor(recordBytes(path) * at));
    await leaseAll(store);
    expect(known).toEqual([{ queueId: 'queue-1', seqs: [10 * lost] }]);
  });

  it('tells the number of what an earlier owner wrote where its neighbours prove it', async () => {
    const path = await leaveFive();
    const bytes = recordBytes(path);
    flip(path, 8 + Math.floor(bytes * 2.5));
    flip(path, 8 + Math.floor(bytes * 4.5));
    const { corruptCounts, known } = await adopt();
    expect(corruptCounts).toEqual([2]);
    expect(known).toEqual([{ queueId: 'queue-1', seqs: [3] }]);
  });

  it('keeps its counts right to the end when events of other sizes are lost', async () => {
    const store = folder.open({ tailBytes: 0 });
    const sizes = [10, 2_000, 30, 400, 5];
    await store.append(
      sizes.map((size, n) => makeRecord(n + 1, { json: `"${'x'.repeat(size)}"` })),
    );
    flip(pathOf('.seg'), 200);
    const leased = await leaseAll(store);
    expect(idsOf(leased)).toEqual(ids(1, 3, 4, 5));
    await store.settle(acked(leased));
    await store.close();
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
    expect(store.waiting('normal')).toEqual({ events: 0, bytes: 0 });
  });
});
