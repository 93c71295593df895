import type { ModelResolver } from './model-resolver.js';
import type { WireCase } from './wire-case.js';

/** Flushes that meet the failure before it is healed. */
const flushesUntilHealed = 3;

/**
 * Endpoints that cannot be reached by their name, or not at all: alone until that is healed, and as
 * the first of two, where the client has to move on by itself.
 */
export function nameCases(
  seed: number,
  collectorPort: number,
  resolver: ModelResolver,
  onFired: (what: string) => void,
): WireCase[] {
  const good = `http://127.0.0.1:${collectorPort}`;
  const base = { seed, encoding: 'json', textLength: 20 } as const;
  const cases: WireCase[] = [];
  for (const resolution of ['ENOTFOUND', 'EAI_AGAIN', 'no answer'] as const) {
    for (const isAlone of [true, false]) {
      const word = resolution.toLowerCase().replace(/\W/g, '-');
      const host = `${word}-${isAlone ? 'alone' : 'first'}.invalid`;
      resolver.names.set(host, resolution);
      const named = `http://${host}:${collectorPort}`;
      cases.push({
        ...base,
        name: `DNS ${resolution}, ${isAlone ? 'alone until healed' : 'first of two'}`,
        endpoints: isAlone ? [named] : [named, good],
        onPending: (flushes) => {
          if (isAlone && flushes >= flushesUntilHealed) resolver.names.set(host, '127.0.0.1');
        },
      });
    }
  }
  const unusable = {
    'refused connection': 'http://127.0.0.1:1',
    'TLS to a port without': `https://127.0.0.1:${collectorPort}`,
  };
  for (const [what, endpoint] of Object.entries(unusable)) {
    cases.push({
      ...{ ...base, name: `${what}, first of two`, endpoints: [endpoint, good] },
      onPending: () => onFired(what),
    });
  }
  return cases;
}
