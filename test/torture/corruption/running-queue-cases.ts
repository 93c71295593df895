/** Damage to a segment between the append and the lease of a client that goes on running. */
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import {
  acked,
  leaseAll,
  makeRecord,
} from '../../../packages/sdk-core/test/contract/event-store-records.js';
import { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';
import { recordBytes, segmentMagic } from '../../../packages/sdk-node/src/queue/segment-format.js';
import { ManualClock } from '../../../packages/sdk-node/test/support/manual-clock.js';
import { MemoryFileSystem } from '../../../packages/sdk-node/test/support/memory-file-system.js';
import { ProcessWorld } from '../../../packages/sdk-node/test/support/process-world.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { CorruptionCase } from './corruption-case.js';
import { type Damage, ordinaryDamages } from './damage.js';
import { ownerId, rootPath } from './left-queue.js';

interface RunningQueue {
  readonly store: FileEventStore;
  readonly fileSystem: MemoryFileSystem;
  readonly path: string;
  readonly records: readonly QueueRecord[];
}

export async function* runningQueueCases(seed: number): AsyncGenerator<CorruptionCase> {
  const { fileSystem, path } = await runQueue(seed);
  const bytes = fileSystem.readSmall(path);
  for (const damage of ordinaryDamages(bytes, new SeededRandom(seed))) {
    yield {
      target: 'queue: segment of a running client',
      kind: damage.kind,
      where: damage.where,
      faults: async () => [...(await faultsOf(await runQueue(seed), damage))],
    };
  }
}

/** The same seed makes the same bytes. */
async function runQueue(seed: number): Promise<RunningQueue> {
  const random = new SeededRandom(seed);
  const fileSystem = new MemoryFileSystem();
  const store = new FileEventStore({
    ...{ rootPath, queueId: ownerId, durability: 'process', fileSystem, random },
    // Or all would be leased from memory, whatever becomes of the file.
    tailBytes: 0,
    clock: new ManualClock(),
    processes: new ProcessWorld().start(),
  });
  const records = [1, 2, 3, 4].map((n) => {
    const pad = 'ü'.repeat(Math.floor(random.fraction() * 20));
    return makeRecord(n, { json: JSON.stringify({ eventId: `e-${n}`, pad }) });
  });
  await store.append(records);
  const path = [...fileSystem.files().keys()].find((each) => each.endsWith('.seg'))!;
  return { store, fileSystem, path, records };
}

async function faultsOf(queue: RunningQueue, { bytes }: Damage): Promise<string[]> {
  const { store, fileSystem, path, records } = queue;
  const before = fileSystem.readSmall(path);
  let toldLost = 0;
  store.onCorrupt((count) => {
    toldLost += count;
  });
  overwrite(fileSystem, path, bytes);
  const leased = await leaseAll(store);
  const faults: string[] = [];
  let start = segmentMagic.length;
  for (const record of records) {
    const end = start + recordBytes(record);
    const isWhole = Buffer.compare(before.subarray(start, end), bytes.subarray(start, end)) === 0;
    const found = leased.filter(({ eventId }) => eventId === record.eventId);
    if (found.length !== (isWhole ? 1 : 0)) faults.push(`${record.eventId}: ${found.length} times`);
    if (found[0] && Buffer.from(found[0].json).toString() !== record.json) {
      faults.push(`${record.eventId} is not as it was written`);
    }
    start = end;
  }
  const lost = records.length - leased.length;
  if (toldLost !== lost) faults.push(`${toldLost} were told of as lost, not ${lost}`);
  await store.settle(acked(leased));
  await store.close();
  const isKept = [...fileSystem.files()].some(
    ([each, kept]) => each.includes('/quarantine/') && Buffer.compare(kept, bytes) === 0,
  );
  if (lost > 0 && !isKept) faults.push('the damaged segment is not in quarantine');
  return faults;
}

function overwrite(fileSystem: MemoryFileSystem, path: string, bytes: Uint8Array): void {
  const fd = fileSystem.openForWriting(path);
  fileSystem.truncate(fd, 0);
  fileSystem.write(fd, bytes, 0, bytes.length, 0);
  fileSystem.close(fd);
}
