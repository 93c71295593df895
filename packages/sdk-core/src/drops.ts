import type { DropReason, ReportProperties } from '@holdfast/protocol';

/** Drops by queue and reason, absolute: what events of type `report` tell the collector. */
export class Drops {
  readonly #reporter: string;
  readonly #byQueue = new Map<string, Map<DropReason, number>>();
  readonly #unreported = new Set<string>();

  /** `reporter` is the queue of the client that counts here. */
  constructor(reporter: string) {
    this.#reporter = reporter;
  }

  /** Counts; true if this is the first drop since the last report. */
  add(queueId: string, reason: DropReason, count: number): boolean {
    if (queueId === '') return false;
    const reasons = this.#byQueue.get(queueId) ?? new Map<DropReason, number>();
    this.#byQueue.set(queueId, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    const wasEmpty = this.#unreported.size === 0;
    this.#unreported.add(queueId);
    return wasEmpty;
  }

  /** The reports that are due, one a queue; they count as made. `lastSeq` is that of our own. */
  takeReports(lastSeq: number): ReportProperties[] {
    const reports = [...this.#unreported].map((queueId) => ({
      queueId,
      reporter: this.#reporter,
      ...(queueId === this.#reporter && { lastSeq }),
      dropped: Object.fromEntries(this.#byQueue.get(queueId) ?? []),
    }));
    this.#unreported.clear();
    return reports;
  }

  forget(): void {
    this.#unreported.clear();
  }
}
