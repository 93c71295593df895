/** What the healthy tenant sends, and what became of it. */

export const healthyBatchEvents = 5;

/** Since the start, or since the last report. */
export interface HealthyReport {
  readonly batches: number;
  readonly acked: number;
  /** What was answered instead of an ack of all events. */
  readonly refusals: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** An event of the healthy tenant; a pure function of its number, so anybody can compare. */
export function healthyEvent(batch: number, index: number): string {
  return (
    `{"type":"track","eventId":"healthy-${batch}-${index}","timestamp":"2026-11-23T10:00:00.000Z",` +
    `"userId":"u-${batch}","event":"Order Completed","properties":{"total":${batch}.50,"n":${index}}}`
  );
}
