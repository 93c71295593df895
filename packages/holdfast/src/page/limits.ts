/** Bounds of the page of the all-in-one. */
export const pageLimits = {
  /** So often the server is asked. */
  pollMs: 1_000,
  /** A request that takes longer counts as "the collector is down". */
  requestTimeoutMs: 5_000,
  /** A balance that is off for longer is shown as wrong; until then things are on their way. */
  settlingMs: 10_000,
  /** For so long a click takes the sink down. */
  sinkDownSeconds: 20,
  /** Copies that wait for the collector; further clicks send none. */
  maxWaitingCopies: 100,
  /** Queues that are remembered in localStorage; the oldest is forgotten first, on both sides of
   *  the equation. */
  maxQueues: 50,
  /** Rows of the queue read at a time; the next reading takes the rest. */
  rowsAtOnce: 2_000,
} as const;
