/** Opens a queue that may be damaged, takes everything out of it, and closes it. */
import { priorities } from '@holdfast/protocol';
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import { acked, leaseAll } from '../../../packages/sdk-core/test/contract/event-store-records.js';
import { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';
import { ManualClock } from '../../../packages/sdk-node/test/support/manual-clock.js';
import { MemoryFileSystem } from '../../../packages/sdk-node/test/support/memory-file-system.js';
import { ProcessWorld } from '../../../packages/sdk-node/test/support/process-world.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { rootPath } from './left-queue.js';

export interface ReadQueue {
  readonly handedOut: readonly QueueRecord[];
  /** Records that it told of as lost. */
  readonly toldLost: number;
  readonly deadEvents: readonly string[];
  readonly state: string | undefined;
  /** What is on the disk after everything was settled and the store was closed. */
  readonly filesAfter: ReadonlyMap<string, Uint8Array>;
  /** Descriptors that were not closed. */
  readonly openCount: number;
}

export interface ReadOptions {
  /** The owner's pid runs. */
  readonly isOwnerAlive?: boolean;
  /** For how long to watch a silent owner. */
  readonly watchMs?: number;
}

const readerId = '018bcfe5-0000-7000-8000-000000000002';

export async function readQueue(
  files: ReadonlyMap<string, Uint8Array>,
  pid: number,
  { isOwnerAlive = false, watchMs = 0 }: ReadOptions = {},
): Promise<ReadQueue> {
  const fileSystem = new MemoryFileSystem(files);
  const clock = new ManualClock();
  const world = new ProcessWorld();
  if (isOwnerAlive) world.start({ pid });
  const store = new FileEventStore({
    ...{ rootPath, queueId: readerId, durability: 'process', fileSystem, clock },
    processes: world.start({ pid: pid + 1_000 }),
    random: new SeededRandom(pid),
  });
  let toldLost = 0;
  store.onCorrupt((count) => {
    toldLost += count;
  });
  await store.adopt();
  for (let watchedMs = 0; watchedMs < watchMs; watchedMs += 10_000) {
    clock.advance(10_000);
    await store.adopt();
  }
  const handedOut: QueueRecord[] = [];
  for (const priority of priorities) {
    const leased = await leaseAll(store, priority);
    handedOut.push(...leased);
    await store.settle(acked(leased));
  }
  const deadEvents = store.deadLetters().map(({ eventJson }) => eventJson);
  const state = await store.readState();
  for (const priority of priorities) {
    const { events, bytes } = store.waiting(priority);
    if (events !== 0 || bytes !== 0) throw new Error(`${events} ${priority}, ${bytes} bytes wait`);
  }
  await store.close();
  const filesAfter = fileSystem.files();
  return { handedOut, toldLost, deadEvents, state, filesAfter, openCount: fileSystem.openCount };
}
