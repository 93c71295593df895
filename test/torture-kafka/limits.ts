/** Bounds and sizes of one round. What is reached beyond a bound is a failure that says so. */
export const tortureLimits = {
  /** Partitions of the topics at the beginning, and those that are added while producing. */
  partitions: 12,
  addedPartitions: 4,
  /** Tracked a second by the clients of each control. */
  controlEventsPerSecond: 50,
  /** Clients of the two collectors; each has a queue and gates of its own. */
  clients: 8,
  controlClients: 2,
  /** Between two turns in which events are tracked. */
  turnMs: 50,
  /** A client's batch waits so long: short, so that requests are under way most of the time. */
  flushIntervalMs: 250,
  /** After the last fault is healed and the last event tracked, all is delivered by then. */
  maxDrainMs: 300_000,
  /** Between two flushes of a client that still has something. */
  flushAgainMs: 500,
  /** The control's clients are not waited for any longer. */
  controlDrainMs: 10_000,
  /** The control's producer has answered by then, or is replaced. */
  plainSendMs: 12_000,
  /** From the start of a collector's process until it listens. */
  startCollectorMs: 60_000,
  /** A collector is killed as soon as it has a request, but after that time also without one. */
  awaitRequestMs: 45_000,
  /** The topic is looked at so often, with so long in between, before an event counts as lost: a
   *  leader that has just taken over shows records only up to the mark it last heard of. */
  maxLooks: 4,
  lookEveryMs: 1_500,
  /** Collector kills in one fault until one of them hits a request under way. */
  maxKillsInFlight: 5,
  /** Acked events of each lane before the first fault. */
  warmUpEvents: 200,
  /** Between two lines that tell how it goes. */
  progressEveryMs: 10_000,
} as const;
