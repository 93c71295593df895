/** An event's way from track() to the count, and which files it enters on it. */
import { Session } from 'node:inspector/promises';
import { setTimeout as pass } from 'node:timers/promises';
import type { AllInOne } from './all-in-one.js';
import { type EnteredFiles, enteredFiles, type ReadEntered, without } from './file-coverage.js';

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
 * Sends an event, and then the one whose way is told. Rejects if one is not counted in time.
 *
 * The first event opens what is opened once, and two stretches of time in a row that enter the same
 * files tell that all is at rest. Then the count is asked for without a new event: what that runs,
 * and what ticks meanwhile, is not on an event's way.
 */
export async function travel(client: Client, server: AllInOne): Promise<EnteredFiles> {
  const session = new Session();
  session.connect();
  try {
    const readHere = await startCoverage(session);
    const read = async () => union(await Promise.all([readHere(), client.readEntered?.()]));
    await send(client, server, 'Journey Begun');
    await comeToRest(read);
    await server.countOf('Nothing');
    await pass(stretchMs);
    const beside = await read();
    await send(client, server, 'Journey Made');
    return without(await read(), beside);
  } finally {
    session.disconnect();
  }
}

async function send(client: Client, server: AllInOne, event: string): Promise<void> {
  await client.track(event);
  await within(async () => (await server.countOf(event)) > 0, `${event} is not counted`);
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
