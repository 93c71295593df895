/** Bounds of the server scripts. Reaching one is an error that names what was waited for. */
export const serverLimits = {
  /** Downloading the libraries, ms: 55 MB, seconds on a usual line. */
  resolveTimeoutMs: 300_000,
  /** From the start of a cluster until it is ready, ms: 2 s for one broker, 4–14 s for three. */
  readyTimeoutMs: 90_000,
  /** Between two looks at whether something has happened, ms. */
  pollEveryMs: 100,
  /** An orderly stop, ms; SIGKILL after it: a broker without a quorum never ends by itself. */
  stopTimeoutMs: 5_000,
  /** One admin tool or key tool, ms. */
  toolTimeoutMs: 60_000,
  /** Reading a whole topic with kcat, ms. */
  readTimeoutMs: 120_000,
  /** One request of the admin client, ms. */
  adminRequestTimeoutMs: 5_000,
  /** Starts of a cluster when another program takes a port between its choice and its use. */
  maxStarts: 3,
} as const;
