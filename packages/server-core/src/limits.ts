/** Bounds of every server process; those of the wire are in the protocol's `limits`. */
export const serverLimits = {
  /** Headers of a request must be whole by then, or the connection is cut with 408. */
  headersTimeoutMs: 5_000,
  /** A request must be whole by then, or the connection is cut with 408. */
  requestTimeoutMs: 10_000,
  /** How often node:http looks for the two above; its default of 30 s lets a slow body live on. */
  connectionsCheckMs: 1_000,
  /** Bytes of a request's line and headers. Above: 400 `invalid_request`. */
  maxHeaderBytes: 8_192,
  /** An idle connection is kept that long: over the 60 s of usual balancers and of our SDK. */
  keepAliveMs: 65_000,
  /** Open connections of a port; more are closed at once, and their clients retry. */
  maxConnections: 10_000,
  /** After a refusal in mid-body the rest is read and thrown away so long, so that the client gets
   *  to read the answer; then the connection is cut. */
  lingerMs: 1_000,
  /** Bytes of a Unix socket's path: what the kernel has room for in its address. */
  maxSocketPathBytes: 107,
  /** Garbage that may pile up before it is collected, in percent of what lives in the heap. */
  heapGrowthPercent: 50,
  /** Draining ends at the latest after that many ms, whatever is still under way. */
  drainMs: 25_000,
} as const;
