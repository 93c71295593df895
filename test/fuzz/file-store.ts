/** What the file sink of a collector under test holds, compared with what was sent and answered. */
import { join } from 'node:path';
import { idDay } from '@holdfast/protocol';
import { framingEvent } from './framing-cases.js';
import { healthyBatchEvents, healthyEvent } from './healthy-tenant.js';
import { SegmentTail, type TailLine } from './segment-tail.js';
import { StoredLedger } from './stored-ledger.js';
import { Tally } from './tally.js';
import { usualEvent } from './usual-traffic.js';

const takenVerdicts: readonly string[] = ['accepted', 'duplicate', 'retry'];

export class FileStore {
  readonly ledger = new StoredLedger();
  /** By code; without those of raw connections. */
  readonly deadLetters = new Tally();
  readonly #segments: SegmentTail;
  readonly #letters: SegmentTail;
  /** Events of each healthy batch. */
  readonly #healthy = new Map<number, number>();
  #usual = 0;

  constructor(dataFolder: string) {
    this.#segments = new SegmentTail(dataFolder);
    this.#letters = new SegmentTail(join(dataFolder, 'dead-letters'));
  }

  /** Batches of the healthy tenant that are here in whole. */
  get healthyBatches(): number {
    const counts = [...this.#healthy.values()];
    return counts.filter((count) => count === healthyBatchEvents).length;
  }

  /** Events of usual traffic. */
  get usualEvents(): number {
    return this.#usual;
  }

  /** Reads what is new, and returns what is wrong with it. */
  async settle(verdicts: Tally, ackedByFraming: readonly string[]): Promise<string[]> {
    const faults: string[] = [];
    const records = [];
    const framing = new Set<string>();
    for (const line of await this.#segments.read()) {
      const { ce_id: eventId = '', ce_time: timestamp = '' } = line.headers;
      if (line.source === 'usual') faults.push(...this.#takeUsual(eventId, line));
      else if (line.source === 'healthy') faults.push(...this.#takeHealthy(eventId, line));
      else if (line.source === 'framing') {
        framing.add(eventId);
        faults.push(...framingFaults(eventId, line));
      } else {
        const day = idDay(eventId, timestamp);
        records.push({ ...line, eventId, idDay: day, key: undefined });
      }
    }
    faults.push(...this.ledger.settle(records));
    for (const eventId of ackedByFraming) {
      if (!framing.has(eventId)) faults.push(`${eventId}: acked but not stored`);
    }
    return [...faults, ...(await this.#deadLetterFaults(verdicts))];
  }

  #takeHealthy(eventId: string, line: TailLine): string[] {
    const [, batch = '', index = ''] = /^healthy-(\d+)-(\d+)$/.exec(eventId) ?? [];
    this.#healthy.set(Number(batch), (this.#healthy.get(Number(batch)) ?? 0) + 1);
    return strangerFaults(line, healthyEvent(Number(batch), Number(index)));
  }

  #takeUsual(eventId: string, line: TailLine): string[] {
    this.#usual++;
    return strangerFaults(line, usualEvent(Number(eventId.slice(-12))));
  }

  /** `rejected` is for ever: it must not be said of what is not kept. */
  async #deadLetterFaults(verdicts: Tally): Promise<string[]> {
    for (const { source, headers } of await this.#letters.read()) {
      if (source !== 'framing') this.deadLetters.add(headers.hf_code ?? '');
    }
    return Object.entries(verdicts.toObject())
      .filter(
        ([code, count]) => !takenVerdicts.includes(code) && this.deadLetters.get(code) < count,
      )
      .map(([code, count]) => `${count} times ${code}, ${this.deadLetters.get(code)} dead letters`);
  }
}

/** What raw connections may store is known from its eventId alone; what is smuggled never may be. */
function framingFaults(eventId: string, line: TailLine): string[] {
  return strangerFaults(line, /^f\d+-\d+$/.test(eventId) ? framingEvent(eventId) : undefined);
}

function strangerFaults({ source, bytes }: TailLine, text: string | undefined): string[] {
  const stored = bytes.toString('latin1');
  return stored === text ? [] : [`stored for ${source}, but never sent: ${stored}`];
}
