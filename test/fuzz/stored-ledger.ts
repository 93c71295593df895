/**
 * Compares what the sinks hold with what was sent and acked, byte for byte.
 *
 * Invariants, each looked at when a round of cases is over: whatever is stored was sent so, to the
 * byte; whatever was acked is stored; as many events are stored as were accepted, so none twice. Of
 * copies with another place in their client's queue each is stored: storage makes them one.
 * What a round has settled is forgotten, but for eventIds that are not the sending case's own: any
 * later case may send those again, and is then told of a duplicate.
 */
import { uuidTail } from './batch-arbitrary.js';
import type { Source } from './collector-under-test.js';
import type { ExpectedEvent } from './expected-batch.js';
import { memberText } from './member-text.js';

/** An event as a sink holds it. */
export interface StoredRecord {
  readonly source: string;
  readonly eventId: string;
  readonly key: string | undefined;
  readonly bytes: Buffer;
}

type ValidEvent = Extract<ExpectedEvent, { kind: 'valid' }>;

interface Entry {
  readonly caseNumber: number;
  readonly partitionKey: string;
  readonly texts: Buffer[];
  /** Acked: must be there. */
  isOwed: boolean;
  stored: number;
}

export class StoredLedger {
  readonly #entries = new Map<string, Entry>();
  /** Keys that were stored in earlier rounds and may be sent again. */
  readonly #known = new Set<string>();
  #accepted = 0;
  #unsure = 0;
  #compared = 0;
  #bytes = 0;

  get compared(): number {
    return this.#compared;
  }

  get comparedBytes(): number {
    return this.#bytes;
  }

  /** The sound events of a request and how many of them the ack calls accepted; undefined: no ack
   *  came, so they may be stored or not. */
  expect(
    caseNumber: number,
    source: Source,
    events: readonly ValidEvent[],
    accepted: number | undefined,
  ): void {
    if (accepted === undefined) this.#unsure += events.length;
    else this.#accepted += accepted;
    for (const event of events) {
      const key = nameOf(source, event);
      const { partitionKey } = event;
      const entry = this.#entries.get(key) ?? {
        caseNumber,
        partitionKey,
        texts: [],
        isOwed: false,
        stored: 0,
      };
      entry.texts.push(event.bytes);
      entry.isOwed ||= accepted !== undefined;
      this.#entries.set(key, entry);
    }
  }

  /** Ends a round; `records` are all that were stored since the last. Returns what is wrong. */
  settle(records: readonly (StoredRecord & { readonly idDay: string })[]): string[] {
    const faults: string[] = [];
    for (const record of records) {
      const fault = this.#take(record);
      if (fault !== undefined) faults.push(fault);
    }
    for (const [key, entry] of this.#entries) {
      if (!entry.isOwed || entry.stored > 0 || this.#known.has(key)) continue;
      faults.push(`case ${entry.caseNumber}: acked but not stored: ${key}`);
    }
    const over = records.length - this.#accepted;
    if (over < 0 || over > this.#unsure) {
      faults.push(`${this.#accepted} accepted, but ${records.length} stored`);
    }
    for (const [key, { caseNumber, stored }] of this.#entries) {
      if (stored > 0 && !isOwnId(key, caseNumber)) this.#known.add(key);
    }
    this.#entries.clear();
    this.#accepted = 0;
    this.#unsure = 0;
    return faults;
  }

  #take(record: StoredRecord & { readonly idDay: string }) {
    const { source, key, bytes } = record;
    const name = nameOf(source, record);
    const entry = this.#entries.get(name);
    if (entry === undefined) return `stored, but never sent: ${name}: ${shown(bytes)}`;
    entry.stored++;
    const at = `case ${entry.caseNumber}: ${name}`;
    if (!entry.texts.some((text) => text.equals(bytes))) {
      return `${at}: other bytes stored: ${shown(bytes)} instead of ${shown(entry.texts[0]!)}`;
    }
    if (key !== undefined && key !== entry.partitionKey)
      return `${at}: its record has the key ${key}`;
    if (entry.stored > 1) return `${at}: stored twice`;
    this.#compared++;
    this.#bytes += bytes.length;
    return undefined;
  }
}

/** What tells events apart. */
function nameOf(
  source: string,
  { idDay, eventId, bytes }: Pick<ValidEvent, 'idDay' | 'eventId' | 'bytes'>,
): string {
  return `${source} ${idDay} ${eventId} ${memberText(bytes.toString(), 'queue') ?? ''}`.trimEnd();
}

/** Whether no other case makes this id, unless by chance. */
function isOwnId(key: string, caseNumber: number): boolean {
  return key.includes(` c${caseNumber}-`) || key.includes(`-${uuidTail(caseNumber)}`);
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 300));
}
