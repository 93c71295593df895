/**
 * How one kind of client speaks: where it posts, how its requests are read, how it is told what
 * became of its events. All else (admission, bodies, dedup, sinks, dead letters) is the same for
 * every client and knows no dialect.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Ack, Priority } from '@holdfast/protocol';
import type { Refusal } from '@holdfast/server-core/refusal';
import type { Batch, BatchProblem } from '../scan/scan-batch.js';

export interface Dialect {
  /** For logs. */
  readonly name: string;
  /** The paths that its clients post to; no other dialect has one of them. */
  readonly paths: readonly string[];
  /** Headers that a page may send: the answer to its preflight names them. */
  readonly allowedHeaders: readonly string[];
  /** Reads what a request says about itself, before its body is touched. */
  readForm(head: RequestHead): RequestForm | Refusal;
  /** Finds the events in a body that came whole and is inflated. Events that are refused for good
   *  are among them; a body that is none of this dialect is a problem as a whole. */
  readEvents(body: Buffer, form: RequestForm): Batch | BatchProblem;
  /** Says in the client's terms what became of each event. Never called if none was taken although
   *  one could have been: that is a 503. */
  answer(batch: Batch, verdict: BatchVerdict, stamp: AckStamp): DialectAnswer;
}

/** A request without its body. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
}

/** How a body may be compressed, as Content-Encoding names it; `read-body.ts` inflates each. */
export const encodings = ['identity', 'gzip', 'br'] as const;
export type Encoding = (typeof encodings)[number];

export interface RequestForm {
  readonly kind: 'form';
  /** What the body is, in the dialect's own words. */
  readonly format: string;
  readonly encoding: Encoding;
  readonly priority: Priority;
  readonly writeKey: string | undefined;
  /** Of the page that sends; undefined: none does. */
  readonly origin: string | undefined;
}

/** The verdicts of one batch; each index stands in exactly one of them. */
export interface BatchVerdict {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: Ack['rejected'];
  readonly retry: Ack['retry'];
}

/** What a collector puts on each ack. */
export interface AckStamp extends Pick<Ack, 'region' | 'epoch' | 'durable'> {
  /** For a client that named no batch. */
  newBatchId(): string;
}

export interface DialectAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
}
