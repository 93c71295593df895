/** What a seed decides before the world begins: who is there, and how long it goes on. */
import type { CoreOptions } from '@holdfast/sdk-core';
import { SeededRandom } from '../support/seeded-random.js';

/** What a seed looks at first; everything else may happen too. */
export const focuses = [
  'network',
  'kafka',
  'power',
  'kill',
  'tabs',
  'lease',
  'disk',
  'clock',
  'failover',
  'keys',
  'partition',
  'archive',
  'calm',
] as const;
export type Focus = (typeof focuses)[number];

export interface HostPlan {
  readonly slots: number;
  readonly durability: 'process' | 'power';
  /** Processes do not see each other's pids: leases decide who is dead. */
  readonly areContainers: boolean;
  readonly encoding: 'json' | 'msgpack';
  readonly restartMs: number;
}

export interface OriginPlan {
  readonly tabs: number;
  readonly durability: 'process' | 'power';
}

export interface Plan {
  readonly seed: number;
  readonly focus: Focus;
  /** Until everything is healed. */
  readonly activeMs: number;
  readonly endpoints: readonly string[];
  /** Where collectors put events. */
  readonly sink: 'kafka' | 'file';
  readonly partitionCount: number;
  readonly allowsCritical: boolean;
  readonly maxEventsPerSecond: number | undefined;
  readonly options: Omit<CoreOptions, 'writeKey' | 'endpoints' | 'beforeStore'>;
  readonly hosts: readonly HostPlan[];
  readonly origins: readonly OriginPlan[];
  /** About how many events all apps track together. */
  readonly eventCount: number;
}

export const writeKey = 'sim-key';
const minuteMs = 60_000;
const dayMs = 86_400_000;

export function planOf(seed: number): Plan {
  const random = new SeededRandom(Math.imul(seed, 0x9e3779b1));
  // A few numbers first: seeds next to each other begin alike.
  for (let n = 0; n < 4; n++) random.fraction();
  const chance = (share: number) => random.fraction() < share;
  const between = (least: number, most: number) => least + random.fraction() * (most - least);
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1));
  const focus = focuses[(seed - 1) % focuses.length]!;
  const isLong = focus === 'kafka' ? chance(0.5) : chance(0.06);
  const activeMs = isLong ? between(70, 200) * minuteMs : between(5, 18) * minuteMs;
  const host = (): HostPlan => ({
    slots: focus === 'lease' || focus === 'kill' ? whole(2, 4) : whole(1, 2),
    durability:
      focus === 'power' ? (chance(0.85) ? 'power' : 'process') : chance(0.3) ? 'power' : 'process',
    areContainers: focus === 'lease' || chance(0.1),
    encoding: chance(0.25) ? 'msgpack' : 'json',
    restartMs: between(1_000, 60_000),
  });
  const origin = (): OriginPlan => ({
    tabs: focus === 'tabs' ? whole(2, 4) : whole(1, 2),
    durability: chance(0.3) ? 'power' : 'process',
  });
  const hasTwoEndpoints = focus === 'failover' || chance(0.2);
  const isPage = focus === 'tabs' || (focus !== 'power' && focus !== 'lease' && chance(0.35));
  // A source may burst: only beyond 500 events at once is it told to wait.
  const maxEventsPerSecond = chance(focus === 'keys' ? 0.4 : 0.01) ? between(0.5, 2) : undefined;
  const hosts = focus === 'tabs' ? [] : [host()];
  return {
    seed,
    focus,
    activeMs,
    endpoints: hasTwoEndpoints ? ['http://a', 'http://b'] : ['http://a'],
    sink:
      focus === 'archive' || (!['kafka', 'partition'].includes(focus) && chance(0.2))
        ? 'file'
        : 'kafka',
    partitionCount: whole(2, 6),
    allowsCritical: chance(0.8),
    maxEventsPerSecond,
    options: {
      maxQueueBytes: chance(0.15) ? whole(8_000, 40_000) : 10_000_000,
      maxEventAgeMs: chance(0.1) ? 40 * minuteMs : 30 * dayMs,
      flushIntervalMs: whole(200, 4_000),
      maxBatchEvents: chance(0.5) ? whole(2, 12) : whole(20, 100),
      maxInFlightBatches: whole(1, 4),
    },
    hosts,
    origins: isPage ? [origin()] : [],
    eventCount: maxEventsPerSecond ? whole(900, 1_100) : whole(40, 260),
  };
}
