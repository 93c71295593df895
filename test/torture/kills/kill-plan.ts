import type { SeededRandom } from '../../support/seeded-random.js';
import { type KillPoint, kindOf, pointText } from './kill-point.js';

const momentsPerPoints = 3;
const maxMomentMs = 350;

/**
 * All points in an order in which a short run meets each kind of call early: the first of every
 * kind, then the second of every kind, each kind shuffled. Every third is followed by a kill at a
 * random moment. Begins anew, in another order, when all were met.
 */
export function* killPlan(
  points: readonly KillPoint[],
  random: SeededRandom,
): Generator<KillPoint, undefined> {
  if (points.length === 0) return undefined;
  for (;;) {
    let count = 0;
    for (const point of inTurns(points, random)) {
      yield point;
      if (++count % momentsPerPoints !== 0) continue;
      const victim = random.fraction() < 0.6 ? 'app' : 'collector';
      yield { victim, afterMs: Math.floor(random.fraction() * maxMomentMs) };
    }
  }
}

function inTurns(points: readonly KillPoint[], random: SeededRandom): KillPoint[] {
  const kindOfPoint = (point: KillPoint) => kindOf(pointText(point));
  const kinds = [...new Set(points.map(kindOfPoint))];
  const ranked = kinds.flatMap((kind) =>
    shuffled(
      points.filter((point) => kindOfPoint(point) === kind),
      random,
    ).map((point, rank) => ({ point, rank })),
  );
  return ranked.sort((a, b) => a.rank - b.rank).map(({ point }) => point);
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
