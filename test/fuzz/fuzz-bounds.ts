/** What the command promises, and its own bounds. */
export const fuzzBounds = {
  /** Cases against the file sink. */
  cases: 100_000,
  /** Cases against Kafka. */
  kafkaCases: 8_000,
  /** Cases for each collector that is broken on purpose. */
  controlCases: 3_000,
  /** Cases between two looks at what is stored. */
  roundCases: 4_000,
  /** Events that the collector has taken before: more than it remembers. */
  usualEvents: 250_000,
  /** Connections that leave a request unfinished, all at once. */
  patient: 240,
  /** Requests under way at once. */
  lanes: 16,
  /** A request without an answer for so long hangs: over the collector's own timeouts. */
  hangMs: 20_000,
  /** Of the collector, ever. */
  maxRssBytes: 256_000_000,
  maxLoopDelayP99Ms: 200,
  /** Of the hostile requests so many may be shed: what is shed is not compared. */
  maxShedShare: 0.02,
  /** Failures that are kept; more of them say nothing new. */
  maxFailures: 50,
  /** The quick form: less of each, no Kafka, and every so many of the broken collectors. */
  quick: { cases: 3_000, roundCases: 1_000, usualEvents: 10_000, patient: 24, controlsStep: 8 },
} as const;
