/** A queue in memory as a killed process leaves it, and a list of all that is in it. */
import type { Ending, QueueRecord, SettledRecord } from '@holdfast/sdk-core/ports';
import { FileEventStore } from '../../../packages/sdk-node/src/queue/file-event-store.js';
import {
  encodeRecords,
  parseSegmentName,
  recordBytes,
  scanRecords,
  segmentMagic,
  segmentSeed,
} from '../../../packages/sdk-node/src/queue/segment-format.js';
import { ManualClock } from '../../../packages/sdk-node/test/support/manual-clock.js';
import { MemoryFileSystem } from '../../../packages/sdk-node/test/support/memory-file-system.js';
import { ProcessWorld } from '../../../packages/sdk-node/test/support/process-world.js';
import { SeededRandom } from '../../support/seeded-random.js';

export const rootPath = '/queue/key';
export const ownerId = '018bcfe5-0000-7000-8000-000000000001';

/** A record on the disk, and which bytes of which file hold it. */
export interface WrittenRecord {
  readonly record: QueueRecord;
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly isSettled: boolean;
}

export interface LeftQueue {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly records: readonly WrittenRecord[];
  /** The events of the dead letters, in order. */
  readonly deadEvents: readonly string[];
  readonly state: string;
  /** The pid of its owner. */
  readonly pid: number;
}

/** How large the records are, and so how many sectors they fill. */
export type Size = 'small' | 'large';

const priorities = ['normal', 'critical', 'normal', 'low'] as const;
const texts = ['', 'plain', 'é€😀', '\u0000\u001f\\"', '\u00ff\u0001\u0001\u0000'];

export async function leaveQueue(seed: number, size: Size): Promise<LeftQueue> {
  const random = new SeededRandom(seed);
  const fileSystem = new MemoryFileSystem();
  const processes = new ProcessWorld().start();
  const store = new FileEventStore({
    ...{ rootPath, queueId: ownerId, durability: 'process', fileSystem, processes, random },
    clock: new ManualClock(),
    segmentBytes: size === 'small' ? 900 : 24_000,
  });
  const settled = new Set<string>();
  let n = 0;
  const appendSome = async (count: number, changes: Partial<QueueRecord> = {}) => {
    for (let left = count; left > 0; left--) {
      await store.append([makeRecord(++n, size, random, changes)]);
    }
  };
  await appendSome(6);
  for (const changes of await frames(fileSystem)) await appendSome(1, changes);
  await settleSome(store, settled, { kind: 'delivered' }, 2);
  await appendSome(8);
  await settleSome(store, settled, { kind: 'rejected', code: 'invalid', detail: '€ "' }, 1);
  await settleSome(store, settled, { kind: 'dropped', reason: 'expired' }, 1);
  await appendSome(4);
  await settleSome(store, settled, { kind: 'delivered' }, 3);
  const state = `{"epoch":7,"gates":{"http://127.0.0.1:1":{"closedUntilMs":${1_795_000_000_000 + seed}}}}`;
  await store.writeState(state);
  const deadEvents = store.deadLetters().map(({ eventJson }) => eventJson);
  const files = fileSystem.files();
  return { files, records: written(files, settled), deadEvents, state, pid: processes.self.pid };
}

function makeRecord(
  n: number,
  size: Size,
  random: SeededRandom,
  changes: Partial<QueueRecord>,
): QueueRecord {
  const longest = size === 'small' ? 40 : 6_000;
  const pad = 'x'.repeat(Math.floor(random.fraction() ** 2 * longest));
  const eventId = `e-${n}`;
  const text = texts[n % texts.length];
  const record = {
    eventId,
    queueId: ownerId,
    seq: n,
    priority: priorities[n % priorities.length]!,
    json: JSON.stringify({ eventId, text, pad }),
    serverTimeMs: n % 3 === 0 ? null : 1_795_000_000_000 + n,
    ...changes,
  };
  return { ...record, sizeBytes: Buffer.byteLength(record.json) };
}

/**
 * Events that hold whole records: as text, made for exactly where they will stand in the open
 * segment, and as bytes, right for another place of it and for another segment.
 */
async function frames(fileSystem: MemoryFileSystem): Promise<Partial<QueueRecord>[]> {
  const paths = [...fileSystem.files().keys()];
  const path = paths.find((each) => each.includes('-n-') && each.endsWith('.seg'))!;
  const { id } = parseSegmentName(path.slice(path.lastIndexOf('/') + 1))!;
  const inner = { ...innerRecord, sizeBytes: Buffer.byteLength(innerRecord.json) };
  const frame = (segmentId: string, offset: number) =>
    encodeRecords([inner], segmentSeed(segmentId), offset, 1);
  const end = fileSystem.sizeOf(path)!;
  const asText = frame(id, end + 50).toString('latin1');
  const asBytes = (bytes: Buffer) =>
    Buffer.concat([Buffer.from('{"inner":"'), bytes, Buffer.from('"}')]);
  return [
    { json: JSON.stringify({ inner: asText }), priority: 'normal' },
    { json: asBytes(frame(id, segmentMagic.length)), priority: 'normal' },
    { json: asBytes(frame('0123456789abcdef', end + 50)), priority: 'normal' },
  ];
}

const innerRecord = {
  ...{ eventId: 'inner', queueId: 'q', seq: 1, serverTimeMs: null },
  priority: 'normal',
  json: '{"eventId":"inner","text":"never tracked"}',
} as const;

async function settleSome(
  store: FileEventStore,
  settled: Set<string>,
  ending: Ending,
  count: number,
): Promise<void> {
  for (const priority of ['normal', 'critical', 'low'] as const) {
    const leased = await store.lease({ priority, maxEvents: 2 * count, maxBytes: 1_000_000 });
    // Every other one, so that verdicts have holes.
    const some = leased.filter((_, index) => index % 2 === 0);
    const items: SettledRecord[] = some.map((record) => ({ record, ending }));
    await store.settle(items);
    store.release(leased.filter((record) => !some.includes(record)));
    for (const { eventId } of some) settled.add(eventId);
  }
}

function written(
  files: ReadonlyMap<string, Uint8Array>,
  settled: ReadonlySet<string>,
): WrittenRecord[] {
  const records: WrittenRecord[] = [];
  for (const [path, bytes] of files) {
    const name = parseSegmentName(path.slice(path.lastIndexOf('/') + 1));
    if (!name) continue;
    let start = segmentMagic.length;
    scanRecords(bytes.subarray(start), segmentSeed(name.id), start, (record) => {
      const end = start + recordBytes(record);
      records.push({ record, path, start, end, isSettled: settled.has(record.eventId) });
      start = end;
    });
  }
  return records;
}
