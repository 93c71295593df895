/** Bounds of the all-in-one process; those of its parts are theirs. */
export const holdfastLimits = {
  /** The shortest Retry-After: a page on the same machine waits seconds for its sink … */
  retryAfterMinMs: 1_000,
  /** … and not the minute of a thousand clients: the longest, while few wait. */
  retryAfterMaxMs: 5_000,
  /** A second signal that comes sooner is no person's, and does not end the process at once: npm
   *  passes on the one that the terminal has sent to the whole group already. */
  secondSignalAfterMs: 500,
  /** For so long the development switch keeps the sink down, at most. More: 400
   *  `invalid_parameter`. */
  maxSinkDownSeconds: 300,
} as const;
