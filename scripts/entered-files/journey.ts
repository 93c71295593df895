/** An event's way from track() to the count, and which files it enters on it. */
import { Session } from 'node:inspector/promises';
import { setTimeout as pass } from 'node:timers/promises';
import type { AllInOne } from './all-in-one.js';
import { type EnteredFiles, enteredFiles, type ReadEntered } from './file-coverage.js';

/** A client that is created and has tracked nothing yet. */
export interface Client {
  /** Tracks one event and flushes. */
  track(event: string): Promise<void>;
  /** What was entered outside this process, where the client is. */
  readonly readEntered?: ReadEntered;
  close(): Promise<void>;
}

const stretchMs = 500;
const pollMs = 10;
/** On a busy machine. */
const patienceMs = 30_000;

/**
 * Sends one event. Rejects if the event is not counted in time.
 *
 * Opening is over before the event is tracked: by then two stretches of time in a row have entered
 * the same files. Those are entered by what ticks there, such as the collector's sampler of its
 * loop, and enter the figure only if the event's way is long enough for a tick.
 */
export async function travel(client: Client, server: AllInOne): Promise<EnteredFiles> {
  const event = 'Journey Made';
  const session = new Session();
  session.connect();
  try {
    const readHere = await startCoverage(session);
    const read = async () => union(await Promise.all([readHere(), client.readEntered?.()]));
    await comeToRest(read);
    await client.track(event);
    await within(async () => (await server.countOf(event)) > 0, `${event} is not counted`);
    return await read();
  } finally {
    session.disconnect();
  }
}

async function startCoverage(session: Session): Promise<ReadEntered> {
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => enteredFiles((await session.post('Profiler.takePreciseCoverage')).result);
}

async function comeToRest(read: ReadEntered): Promise<void> {
  let before = 'opening';
  const isAtRest = async () => {
    await pass(stretchMs);
    const now = [...(await read()).keys()].sort().join();
    const isSame = now === before;
    before = now;
    return isSame;
  };
  await within(isAtRest, 'server and client never come to rest');
}

async function within(isDone: () => Promise<boolean>, failure: string): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  while (!(await isDone())) {
    if (performance.now() > deadlineMs) throw new Error(`${failure} after ${patienceMs} ms`);
    await pass(pollMs);
  }
}

function union(parts: readonly (EnteredFiles | undefined)[]): EnteredFiles {
  const all = new Map<string, readonly string[]>();
  for (const [file, names] of parts.flatMap((part) => [...(part ?? [])])) {
    all.set(file, [...(all.get(file) ?? []), ...names]);
  }
  return all;
}
