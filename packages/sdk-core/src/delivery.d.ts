import type { BatchPlan } from './batch-plan.js';
import type { DeliveryState } from './delivery-state.js';
import type { Emitter } from './emitter.js';
import type { Endpoints } from './endpoints.js';
import type { CoreOptions } from './options.js';
import type { Clock, Random, Transport } from './ports.js';
import type { Settler } from './settler.js';
export interface DeliveryParts {
  readonly options: CoreOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly endpoints: Endpoints;
  readonly plan: BatchPlan;
  readonly settler: Settler;
  readonly state: DeliveryState;
  readonly emitter: Emitter;
  readonly newId: () => string;
  /** Asked before each send where another sender may have taken over meanwhile. */
  readonly confirmSender?: (() => Promise<boolean>) | undefined;
}
export declare class Delivery {
  #private;
  constructor(parts: DeliveryParts);
  /** Begins to send: this client is the queue's one sender now. */
  start(): void;
  /** Ends sending at once; what is under way is aborted and stays in the queue. */
  stop(): void;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
  /** Sends all that waits now, without waiting for batches to fill; may open a backoff gate. */
  flush(): void;
  /** Looks whether there is something to send. Cheap; call it whenever that may be so. */
  wake(): void;
  /** One last small batch while the page goes away. It passes the same gate as all others. */
  sendLast(maxBytes: number): Promise<void>;
}
