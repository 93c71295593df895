import type { DropReason, NamedSeqs, Properties, ReportProperties } from '@holdfast/protocol';

interface Counts extends ReportProperties {
  readonly dropped: { [reason in DropReason]?: number };
}

/**
 * What events of type `report` tell the collector: of each queue its drops by reason, absolute; and
 * once, what became of events whose numbers are known. A report is due until it is in the queue.
 */
export class Drops {
  readonly #reporter: string;
  readonly #byQueue = new Map<string, Counts>();
  /** Those by number are no more than the events that left the queue, with room for them. */
  readonly #due = new Set<ReportProperties>();

  /** `reporter` is the queue of the client that counts here. */
  constructor(reporter: string) {
    this.#reporter = reporter;
  }

  add(queueId: string, reason: DropReason): void {
    if (queueId === '') return;
    const report = this.#byQueue.get(queueId) ?? this.#reportOn(queueId);
    this.#byQueue.set(queueId, report);
    report.dropped[reason] = (report.dropped[reason] ?? 0) + 1;
    this.#due.add(report);
  }

  /** What is told by number is not counted. */
  tell(queueId: string, seqs: NamedSeqs): void {
    this.#due.add({ ...this.#reportOn(queueId), ...seqs });
  }

  /** Offers `accept` the reports that are due; false if it did not take all. `lastSeq` is that of
   *  our own queue. */
  report(lastSeq: number, accept: (properties: Properties) => boolean): boolean {
    for (const report of this.#due) {
      const isOwn = report.queueId === this.#reporter;
      if (accept({ ...report, lastSeq: isOwn ? lastSeq : undefined })) this.#due.delete(report);
    }
    return this.#due.size === 0;
  }

  forget(): void {
    this.#due.clear();
  }

  #reportOn(queueId: string): Counts {
    return { queueId, reporter: this.#reporter, dropped: {} };
  }
}
