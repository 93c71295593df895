/** How long the faults of a round last: of seconds, short enough for CI, or long enough for a soak. */
export interface Form {
  readonly name: 'quick' | 'short' | 'soak';
  /** Tracked a second by all clients together. */
  readonly eventsPerSecond: number;
  /** Events that must be acked in a round. */
  readonly minAckedEvents: number;
  /** From one kill of a leader to the next fault. */
  readonly killPeriodMs: number;
  /** A killed leader stays away for so long: more than the session that the others wait for. */
  readonly killedMs: number;
  /** A range each: the seed chooses. */
  readonly pausedMs: readonly [number, number];
  readonly allDownMs: readonly [number, number];
  readonly twoDownMs: readonly [number, number];
  readonly restMs: readonly [number, number];
  /** After a fault the next one waits for acks to flow again, but no longer than that. */
  readonly flowAgainMs: number;
  /** By then a fault that has fired need not fire again: a slow machine must come to an end. */
  readonly enoughMs: number;
  /** How often each fault comes. */
  readonly counts: Readonly<Record<FaultKind, number>>;
}

export const faultKinds = [
  'kill-leader',
  'pause-broker',
  'all-down',
  'min-isr',
  'add-partitions',
  'move-leaders',
  'kill-collector',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Two faults, to see that the parts still fit: it does not ask whether each promise was tried. */
export const quickForm: Form = {
  name: 'quick',
  eventsPerSecond: 150,
  minAckedEvents: 2_000,
  killPeriodMs: 6_000,
  killedMs: 6_000,
  pausedMs: [0, 0],
  allDownMs: [0, 0],
  twoDownMs: [0, 0],
  restMs: [200, 500],
  flowAgainMs: 10_000,
  enoughMs: 30_000,
  counts: {
    'kill-leader': 1,
    'pause-broker': 0,
    'all-down': 0,
    'min-isr': 0,
    'add-partitions': 0,
    'move-leaders': 0,
    'kill-collector': 1,
  },
};

export const shortForm: Form = {
  name: 'short',
  eventsPerSecond: 560,
  minAckedEvents: 100_000,
  killPeriodMs: 15_000,
  killedMs: 6_000,
  pausedMs: [9_000, 13_000],
  allDownMs: [28_000, 34_000],
  twoDownMs: [12_000, 16_000],
  restMs: [1_000, 2_500],
  flowAgainMs: 20_000,
  enoughMs: 180_000,
  counts: {
    'kill-leader': 4,
    'pause-broker': 1,
    'all-down': 1,
    'min-isr': 1,
    'add-partitions': 1,
    'move-leaders': 2,
    'kill-collector': 2,
  },
};

export const soakForm: Form = {
  name: 'soak',
  eventsPerSecond: 560,
  minAckedEvents: 100_000,
  killPeriodMs: 15_000,
  killedMs: 6_000,
  pausedMs: [8_000, 40_000],
  allDownMs: [60_000, 240_000],
  twoDownMs: [15_000, 120_000],
  restMs: [1_000, 8_000],
  flowAgainMs: 90_000,
  enoughMs: 900_000,
  counts: {
    'kill-leader': 10,
    'pause-broker': 3,
    'all-down': 1,
    'min-isr': 2,
    'add-partitions': 1,
    'move-leaders': 4,
    'kill-collector': 4,
  },
};
