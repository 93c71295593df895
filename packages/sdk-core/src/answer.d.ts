import { type Ack } from '@holdfast/protocol';
import type { TransportOutcome } from './ports.js';
/** What an answer means for the batch that was sent. */
export type Verdict =
  | {
      readonly kind: 'acked';
      readonly ack: Ack;
    }
  /** The collector cannot take this batch as it is: one of its events is guilty. */
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly detail?: string | undefined;
    }
  /** The collector takes nothing from this client: key, origin, media type. */
  | {
      readonly kind: 'barred';
      readonly code: string;
    }
  /** An order to wait; `isShed` speaks of the batch's priority alone. */
  | {
      readonly kind: 'wait';
      readonly afterMs?: number;
      readonly code: string;
      readonly isShed: boolean;
    }
  /** No connection, a timeout, a fault, or an answer that is not the collector's. */
  | {
      readonly kind: 'failure';
      readonly afterMs?: number;
      readonly cause: string;
    };
/**
 * Judges an answer. It is a verdict only if it is ours: a 200 that matches the batch, or a problem
 * with a code of the closed list. A captive portal's 200 or a proxy's 413 must never cost an event.
 */
export declare function judge(
  outcome: TransportOutcome,
  batchId: string,
  eventCount: number,
  nowMs: number,
): Verdict;
