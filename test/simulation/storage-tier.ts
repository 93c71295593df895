/** Everything behind the sinks: it counts each event once, by (source, idDay, eventId). */
import type { KafkaRecord } from '../../packages/collector/src/sinks/kafka/kafka-driver.js';
import { type EventRow, eventRow } from '../../packages/storage/src/duckdb/event-row.js';
import type { Ledger } from './ledger.js';

interface CountedEvent {
  readonly row: EventRow;
  copies: number;
}

export interface StoredLine {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly headersJson: string;
  readonly event: Uint8Array;
}

export class StorageTier {
  readonly #ledger: Ledger;
  readonly #events = new Map<string, CountedEvent>();
  readonly #keysByEventId = new Map<string, Set<string>>();
  readonly #deadIds = new Set<string>();
  copies = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get countedEvents(): number {
    return this.#events.size;
  }

  get rows(): EventRow[] {
    return [...this.#events.values()].map(({ row }) => row);
  }

  isCounted(eventId: string): boolean {
    return this.#keysByEventId.has(eventId);
  }

  isDeadLetter(eventId: string): boolean {
    return this.#deadIds.has(eventId);
  }

  /** How many rows an event has after dedup; more than one is a breach. */
  rowsOf(eventId: string): number {
    return this.#keysByEventId.get(eventId)?.size ?? 0;
  }

  takeLine(line: StoredLine): void {
    this.takeRow(eventRow({ ...line, start: 0, end: 0 }));
  }

  /** Forgets all that it counted, to count what queries really show. */
  forget(): void {
    this.#events.clear();
    this.#keysByEventId.clear();
  }

  takeRow(row: EventRow): void {
    const key = `${row.source}\n${row.idDay}\n${row.eventId}`;
    const known = this.#events.get(key);
    if (known) {
      known.copies++;
      this.copies++;
      if (known.row.raw !== row.raw) {
        this.#ledger.breach('same bytes', `copies of ${row.eventId} differ`, [row.eventId]);
      }
      return;
    }
    this.#events.set(key, { row, copies: 1 });
    const keys = this.#keysByEventId.get(row.eventId) ?? new Set();
    this.#keysByEventId.set(row.eventId, keys);
    keys.add(key);
  }

  takeDeadLetter(eventId: string): void {
    this.#deadIds.add(eventId);
  }

  takeRecord({ headers, value }: KafkaRecord): void {
    this.takeLine({
      source: headers.ce_source!,
      receivedAtMs: Number(headers.hf_received_at),
      headersJson: JSON.stringify(headers),
      event: value,
    });
  }
}
