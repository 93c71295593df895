/** What clients and collectors said to each other, as the witness between them saw it. */

/** One request and what became of it. */
export interface Exchange {
  /** The life of a collector it was forwarded to; undefined: none was there. */
  readonly collector: string | undefined;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  /** 0: the connection was refused or cut. */
  readonly status: number;
  /** The code of a problem. */
  readonly code: string | undefined;
  readonly accepted: number;
  /** Events that the collector asked for again. */
  readonly retried: number;
}

/** Events that one answer acked. */
export interface Ack {
  readonly collector: string;
  readonly atMs: number;
  /** As `eventText` has them. */
  readonly events: readonly string[];
}

export class HttpHistory {
  readonly exchanges: Exchange[] = [];
  readonly acks: Ack[] = [];
  /** Acks of events, a second ack of the same event included. */
  ackedEvents = 0;

  note(exchange: Exchange): void {
    this.exchanges.push(exchange);
  }

  noteAck(ack: Ack): void {
    if (ack.events.length === 0) return;
    this.acks.push(ack);
    this.ackedEvents += ack.events.length;
  }

  /** Every event that some client was told of that it is stored. */
  ackedOnce(): Set<string> {
    return new Set(this.acks.flatMap(({ events }) => events));
  }
}
