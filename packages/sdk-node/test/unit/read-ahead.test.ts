import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  acked,
  makeRecord,
  range,
  request,
} from '../../../sdk-core/test/contract/event-store-records.js';
import type { FileSystem } from '../../src/queue/file-system.js';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';
import { StoreFolder } from '../support/store-folder.js';

const segmentBytes = 10_000;
/** A segment takes one append that begins below its bound. */
const maxSegmentBytes = segmentBytes + 600;

describe('a long queue', () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.dispose());

  it('is read one segment at a time, each byte once, however small the leases are', async () => {
    const reads: number[] = [];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) => {
        reads.push(end - start);
        return nodeFileSystem.read(path, start, end);
      },
    };
    const store = folder.open({ fileSystem, segmentBytes, tailBytes: 0 });
    const total = 2_000;
    for (const n of range(1, total / 4)) {
      await store.append(range(n * 4 - 3, n * 4).map((m) => makeRecord(m)));
    }
    const segments = () => folder.segments().length;
    const segmentsBefore = segments();
    expect(segmentsBefore).toBeGreaterThan(15);
    expect(reads).toEqual([]);

    await store.settle(acked(await store.lease(request({ maxEvents: 10 }))));
    expect(reads).toHaveLength(1);
    expect(reads[0]).toBeLessThan(maxSegmentBytes);

    let count = 10;
    for (let round = 0; round < total; round++) {
      const leased = await store.lease(request({ maxEvents: 10 }));
      if (leased.length === 0) break;
      count += leased.length;
      await store.settle(acked(leased));
    }
    expect(count).toBe(total);
    expect(reads).toHaveLength(segmentsBefore);
    expect(Math.max(...reads)).toBeLessThan(maxSegmentBytes);
    // Settled segments go from the disk while the client goes on; the last is still written to.
    await store.close();
    expect(segments()).toBe(0);
  });
});
