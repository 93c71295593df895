/**
 * What a collector's Kafka driver was told, a JSON line for each send, in one file for each process.
 * A line is written before the sink learns of the result, and a write survives a kill -9 of its
 * process: an ack without an earlier line was given before Kafka's.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';

export interface SendLine {
  readonly atMs: number;
  readonly topic: string;
  readonly partition: number;
  /** Of the first event, where Kafka confirmed all of them. */
  readonly offset?: number;
  /** Source and eventId of each, in the order of their offsets. */
  readonly events: readonly string[];
  readonly failure?: string;
}

/** Kafka's word for one event. */
export interface Receipt {
  /** The process that got it. */
  readonly collector: string;
  readonly atMs: number;
  readonly event: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FailedSend {
  readonly atMs: number;
  readonly partition: number;
}

/** One text for an event: neither a source nor an eventId can hold a space. */
export const eventText = (source: string, eventId: string): string => `${source} ${eventId}`;

export class ReceiptWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(line: SendLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

export class ReceiptLog {
  readonly receipts: Receipt[] = [];
  readonly failedSends: FailedSend[] = [];

  /** Takes in what one process wrote about one topic. */
  read(path: string, collector: string, topic: string): void {
    const lines = readFileSync(path, 'utf8').split('\n');
    // A kill may have cut the last line, which then came before no ack.
    lines.pop();
    for (const text of lines) {
      const line = JSON.parse(text) as SendLine;
      if (line.topic === topic) this.#take(line, collector);
    }
  }

  #take({ atMs, partition, offset, events }: SendLine, collector: string): void {
    if (offset === undefined) this.failedSends.push({ atMs, partition });
    else {
      events.forEach((event, index) => {
        this.receipts.push({ collector, atMs, event, partition, offset: offset + index });
      });
    }
  }
}
