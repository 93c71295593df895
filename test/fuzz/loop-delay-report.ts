/** How late the event loop of the collector was since the last reset, for whoever came at any time. */
export interface LoopDelayReport {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly samples: number;
}
