/** Runs the world of one seed from its beginning to its end. */
import type { FaultKind } from './fault-kinds.js';
import { checkInvariants, isDrained } from './invariants.js';
import type { Breach } from './ledger.js';
import { type Focus, planOf } from './plan.js';
import { scheduleScenario } from './scenario/scenario.js';
import { World } from './world.js';

/** Everything must be delivered within this time after the world was healed. */
export const maxDrainMs = 1_800_000;
const stepMs = 10_000;

export interface SeedResult {
  readonly seed: number;
  readonly focus: Focus;
  readonly hash: string;
  readonly breaches: readonly Breach[];
  readonly trace: readonly string[];
  readonly faults: Partial<Record<FaultKind, number>>;
  readonly figures: {
    readonly tracked: number;
    readonly stored: number;
    readonly counted: number;
    readonly copies: number;
    readonly requests: number;
    readonly flushes: number;
    readonly virtualMs: number;
    readonly drainMs: number;
    readonly lostToPower: number;
    readonly lostToLies: number;
  };
}

export async function simulate(seed: number, isTraced = false): Promise<SeedResult> {
  const plan = planOf(seed);
  const world = new World(plan, isTraced);
  const { clock, ledger, storage, trace } = world;
  const onRejection = (error: unknown) =>
    ledger.breach('nothing rejects', `unhandled: ${(error as Error)?.stack ?? error}`);
  process.on('unhandledRejection', onRejection);
  try {
    await world.start();
    scheduleScenario(world);
    await clock.advance(plan.activeMs);
    const drainedMs = await drain(world);
    if (ledger.breaches.length === 0) await world.recount();
    // After a breach everything else may follow from it.
    if (ledger.breaches.length === 0) checkInvariants(world, drainedMs);
    await world.close();
    const failing = new Set(ledger.breaches.flatMap(({ eventIds }) => eventIds.slice(0, 1)));
    return {
      ...{ seed, focus: plan.focus, hash: trace.hash, breaches: ledger.breaches },
      trace: isTraced ? trace.last(60, failing) : [],
      faults: world.faults.all(),
      figures: {
        tracked: ledger.trackedCount,
        stored: ledger.storedCount,
        counted: storage.countedEvents,
        copies: storage.copies,
        requests: world.network.requests,
        flushes: ledger.flushes,
        virtualMs: clock.monotonicMs(),
        drainMs: drainedMs ?? maxDrainMs,
        lostToPower: world.lostWithExcuse.power,
        lostToLies: world.lostWithExcuse.lying,
      },
    };
  } finally {
    process.off('unhandledRejection', onRejection);
  }
}

/** Heals everything and waits; returns how long it took, or undefined if it took too long. */
async function drain(world: World): Promise<number | undefined> {
  const { clock, ledger } = world;
  world.heal();
  const startMs = clock.monotonicMs();
  // Reports of drops follow up to ten seconds later, and are sent like events.
  await clock.advance(3 * stepMs);
  while (clock.monotonicMs() - startMs <= maxDrainMs) {
    if (ledger.breaches.length > 0) return 0;
    if (isDrained(world)) {
      const drainMs = clock.monotonicMs() - startMs;
      // A report that found no room before follows now.
      await clock.advance(1.5 * stepMs);
      if (isDrained(world)) return drainMs;
    }
    await clock.advance(stepMs);
  }
  return undefined;
}
