/** Checks of the checks: an undamaged file has no fault, and results that are wrong have one. */

import { ackFaults, segmentFaults } from './check-queue.js';
import { segmentFaults as sinkFaults } from './check-segments.js';
import { leaveQueue } from './left-queue.js';
import { leaveSegments } from './left-segments.js';
import { type ReadQueue, readQueue } from './read-queue.js';
import { type ReadSegments, readSegments } from './read-segments.js';

/** What is wrong with the checks themselves. */
export async function controlFaults(seed: number): Promise<string[]> {
  return [...(await queueControls(seed)), ...(await sinkControls(seed))];
}

async function queueControls(seed: number): Promise<string[]> {
  const left = await leaveQueue(seed, 'small');
  const path = [...left.files.keys()].find((each) => each.endsWith('.seg'))!;
  const whole = { kind: 'none', where: '', bytes: left.files.get(path)! };
  const read = await readQueue(left.files, left.pid);
  const [first, ...others] = read.handedOut;
  const changed = { ...first!, json: Buffer.from(`${Buffer.from(first!.json)} `) };
  const wrong: Record<string, ReadQueue> = {
    'a lost record': { ...read, handedOut: others },
    'a changed record': { ...read, handedOut: [changed, ...others] },
    'a record that was never written': {
      ...read,
      handedOut: [{ ...first!, eventId: 'inner' }, ...read.handedOut],
    },
    'a record handed out twice': { ...read, handedOut: [first!, ...read.handedOut] },
    'a loss that was none': { ...read, toldLost: 1 },
  };
  const faults: string[] = [];
  if ([...segmentFaults(left, path, whole, read)].length > 0) {
    faults.push('an undamaged queue has faults');
  }
  for (const [what, result] of Object.entries(wrong)) {
    const isSeen =
      [...segmentFaults(left, path, whole, result)].length > 0 &&
      [...ackFaults(left, result)].length > 0;
    if (!isSeen) faults.push(`the queue's checks do not see ${what}`);
  }
  const damaged = { ...whole, bytes: whole.bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) };
  if ([...segmentFaults(left, path, damaged, read)].length === 0) {
    faults.push("the queue's checks do not miss the quarantine");
  }
  return faults;
}

async function sinkControls(seed: number): Promise<string[]> {
  const left = await leaveSegments(seed, 60);
  const path = left.lines[0]!.path;
  const whole = { kind: 'none', where: '', bytes: left.files.get(path)! };
  const read = await readSegments(left.files);
  const [first, ...others] = read.lines;
  const line = { ...first!.line, receivedAtMs: first!.line.receivedAtMs + 1 };
  const cut = new Map(read.files).set(path, whole.bytes.subarray(0, 10));
  const wrong: Record<string, ReadSegments> = {
    'a lost line': { ...read, lines: others },
    'a changed line': { ...read, lines: [{ ...first!, line }, ...others] },
    'a cut segment': { ...read, files: cut },
    'a deleted segment': { ...read, files: new Map() },
  };
  const faults: string[] = [];
  if ([...sinkFaults(left, path, whole, read)].length > 0) {
    faults.push('undamaged segments have faults');
  }
  for (const [what, result] of Object.entries(wrong)) {
    if ([...sinkFaults(left, path, whole, result)].length === 0) {
      faults.push(`the file sink's checks do not see ${what}`);
    }
  }
  return faults;
}
