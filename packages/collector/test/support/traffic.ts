import { setTimeout as pause } from 'node:timers/promises';
import type { AcceptedEvent } from '@holdfast/protocol';
import { acceptedEvent } from './accepted-event.js';

/** Events a batch, and batches at a time: what makes kafkajs lose within a few elections. */
const batchEvents = 60;
const writers = 4;
/** Leaves the machine to the brokers. */
const restMs = 20;

export interface TrafficReport {
  readonly acked: readonly string[];
  readonly refused: number;
}

/**
 * Sends batches of keyed events until told to stop. `send` gives the eventIds that are acked.
 */
export class Traffic {
  readonly #send: (events: readonly AcceptedEvent[]) => Promise<readonly string[]>;
  readonly #prefix: string;
  readonly #acked: string[] = [];
  readonly #running: Promise<unknown>;
  #sent = 0;
  #isStopped = false;

  constructor(
    prefix: string,
    send: (events: readonly AcceptedEvent[]) => Promise<readonly string[]>,
  ) {
    this.#prefix = prefix;
    this.#send = send;
    this.#running = Promise.all(Array.from({ length: writers }, () => this.#write()));
  }

  ackedSoFar(): readonly string[] {
    return [...this.#acked];
  }

  async stop(): Promise<TrafficReport> {
    this.#isStopped = true;
    await this.#running;
    return { acked: this.#acked, refused: this.#sent - this.#acked.length };
  }

  async #write(): Promise<void> {
    while (!this.#isStopped) {
      const events = Array.from({ length: batchEvents }, () =>
        acceptedEvent(`${this.#prefix}-${++this.#sent}`),
      );
      this.#acked.push(...(await this.#send(events)));
      await pause(restMs);
    }
  }
}
