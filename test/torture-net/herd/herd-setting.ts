/** One herd: so many clients after an outage, before a collector that can take so much. */
export interface HerdSetting {
  readonly name: string;
  readonly clients: number;
  /** Batches that each client holds when the outage ends. */
  readonly batchesEach: number;
  /** Batches that the collector can take a second, and what bounds it. */
  readonly batchesPerSecond: number;
  readonly boundBy: 'sink' | 'rate limit';
  /** What the clients meet: no connection, or 503 with a Retry-After. */
  readonly outage: 'refused' | '503';
  readonly outageMs: number;
  /** `fixed`: each Retry-After says 30 s. `no jitter`: clients wait as long as they may. */
  readonly control?: 'fixed' | 'no jitter';
  /** It is over when all is counted, or then. */
  readonly endMs: number;
}

const minute = 60_000;
/** 20 clients for each batch a second: a backlog of 400 s. */
const large = { clients: 10_000, batchesEach: 20, batchesPerSecond: 500, endMs: 20 * minute };

/** What the product promises: the peak and the drain of each are bounded. */
export const herds: readonly HerdSetting[] = [
  {
    ...{ ...large, name: 'an hour without a connection' },
    ...{ boundBy: 'sink', outage: 'refused', outageMs: 60 * minute },
  },
  {
    ...{ ...large, name: 'ten minutes of 503' },
    ...{ boundBy: 'sink', outage: '503', outageMs: 10 * minute },
  },
  {
    ...{ ...large, name: 'ten minutes, then a rate limit' },
    ...{ boundBy: 'rate limit', outage: 'refused', outageMs: 10 * minute },
  },
];

/** The same without what the promise rests on: their peaks must be far beyond the bound. */
export const controls: readonly HerdSetting[] = [
  {
    ...{ ...large, name: 'control: a fixed Retry-After', batchesEach: 2, control: 'fixed' },
    ...{ boundBy: 'sink', outage: '503', outageMs: 2 * minute, endMs: minute },
  },
  {
    ...{ ...large, name: 'control: no jitter', batchesEach: 2, control: 'no jitter' },
    ...{ boundBy: 'sink', outage: 'refused', outageMs: 10 * minute, endMs: 6 * minute },
  },
];

/** One of either kind, of fewer clients. */
export const quickHerds: readonly HerdSetting[] = [
  {
    ...{ ...large, name: 'five minutes of 503, few clients', clients: 3_000 },
    ...{ batchesPerSecond: 375, boundBy: 'sink', outage: '503', outageMs: 5 * minute },
  },
  { ...controls[0]!, clients: 3_000 },
];
