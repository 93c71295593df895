import type { DropReason, ReportProperties } from '@holdfast/protocol';
/** Drops by queue and reason, absolute: what events of type `report` tell the collector. */
export declare class Drops {
  #private;
  /** `reporter` is the queue of the client that counts here. */
  constructor(reporter: string);
  /** Counts; true if this is the first drop since the last report. */
  add(queueId: string, reason: DropReason, count: number): boolean;
  /** The reports that are due, one a queue; they count as made. */
  takeReports(): ReportProperties[];
  forget(): void;
}
