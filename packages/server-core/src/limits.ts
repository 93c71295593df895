/** Bounds of every server process; those of the wire are in the protocol's `limits`. */
export const serverLimits = {
  /** The headers of a request must be whole by then, or the connection is cut with 408
   *  `request_timeout`. */
  headersTimeoutMs: 5_000,
  /** A request must be whole by then, or the connection is cut with 408 `request_timeout`. */
  requestTimeoutMs: 10_000,
  /** How often node:http looks for the two above; its default of 30 s lets a slow body live on. */
  connectionsCheckMs: 1_000,
  /** Bytes of a request's line and headers. Above: 400 `invalid_request`, and the connection is
   *  cut. */
  maxHeaderBytes: 8_192,
  /** An idle connection is kept that long, then closed: over the 60 s of usual balancers and of our
   *  SDK. */
  keepAliveMs: 65_000,
  /** Open connections of a port; more are closed at once, and their clients retry. */
  maxConnections: 10_000,
  /** After a refusal in mid-body the rest is read and thrown away so long, so that the client gets
   *  to read the answer; then the connection is cut. */
  lingerMs: 1_000,
  /** Bytes of a Unix socket's path: what the kernel has room for in its address. More: the program
   *  does not start, exit 78. */
  maxSocketPathBytes: 107,
  /** Of what lives in the heap: so much garbage may pile up beside it, then it is collected. */
  heapGrowthPercent: 50,
  /** Draining ends at the latest then, whatever is still under way. Option `--drain-ms`. */
  drainMs: 25_000,
  /** Items of an option that may be repeated. More: exit 78. */
  maxListItems: 10_000,
  /** Of an option that is a text. Longer: exit 78. */
  maxTextLength: 4_096,
} as const;
