import type { Endpoints } from './endpoints.js';
import type { Clock, EventStore } from './ports.js';
import type { ServerTime } from './server-time.js';
/** What delivery knows that must outlive the process: gates, epoch, the bases of events' ages. */
export declare class DeliveryState {
  #private;
  /** The highest epoch that a collector has named. */
  epoch: number;
  readonly serverTime: ServerTime;
  constructor(clock: Clock, store: EventStore, endpoints: Endpoints, serverTime: ServerTime);
  noteEpoch(epoch: number): void;
  load(): Promise<void>;
  /** Best effort: what cannot be saved costs a needless request after a restart, never an event. */
  save(): void;
}
