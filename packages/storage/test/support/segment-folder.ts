import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AcceptedEvent, type AnalyticsEvent, idDay } from '@holdfast/protocol';
import { encodeSegmentLines, segmentName } from '@holdfast/protocol/file-segment';
import type { ArchivableLog, ReadableSegment } from '../../src/log/event-log.js';

export interface Sent {
  readonly source?: string;
  readonly receivedAtMs?: number;
  readonly headers?: Record<string, string>;
  /** The event's text if it is not the plain JSON of the event. */
  readonly text?: string;
}

/** A line as the collector would write it. */
export function acceptedEvent(event: Partial<AnalyticsEvent>, sent: Sent = {}): AcceptedEvent {
  const eventId = event.eventId ?? 'e';
  const timestamp = event.timestamp ?? '2026-11-23T10:00:00.000Z';
  const source = sent.source ?? 'dev';
  const receivedAtMs = sent.receivedAtMs ?? Date.parse('2026-11-23T10:00:01Z');
  const text = sent.text ?? JSON.stringify({ type: 'track', eventId, timestamp, ...event });
  return {
    source,
    eventId,
    idDay: idDay(eventId, timestamp),
    partitionKey: eventId,
    priority: 'normal',
    receivedAtMs,
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_source: source,
      ce_type: event.type ?? 'track',
      ce_time: timestamp,
      'content-type': 'application/json',
      hf_received_at: String(receivedAtMs),
      ...sent.headers,
    },
    bytes: Buffer.from(text),
  };
}

/** Real segment files in a folder of their own, as the collector's file sink shows them. */
export class SegmentFolder implements ArchivableLog {
  readonly path: string;
  readonly #segments: { name: string; path: string; validBytes: number; isOpen: boolean }[] = [];
  readonly #listeners = new Set<() => void>();
  /** Another process owns the folder. */
  isLost = false;
  #created = 0;

  /** Takes over the segments of a folder, the last of them open. */
  constructor(parent = mkdtempSync(join(tmpdir(), 'holdfast-segments-'))) {
    this.path = parent;
    mkdirSync(parent, { recursive: true });
    for (const name of readdirSync(parent).sort()) {
      const path = join(parent, name);
      this.#segments.push({ name, path, validBytes: statSync(path).size, isOpen: false });
    }
    const last = this.#segments.at(-1);
    if (last !== undefined) last.isOpen = true;
    this.#created = this.#segments.length * 1_000;
  }

  readableSegments(): readonly ReadableSegment[] {
    return this.#segments.map((segment) => ({ ...segment }));
  }

  /** Writes to the open segment; begins one if there is none. */
  write(...events: readonly AcceptedEvent[]): void {
    this.writeBytes(Buffer.from(encodeSegmentLines(events)));
  }

  writeBytes(bytes: Uint8Array): void {
    const segment = this.#open();
    appendFileSync(segment.path, bytes);
    segment.validBytes += bytes.length;
  }

  /** Bytes that are in the open segment's file but not known to be durable. */
  writeUnsynced(bytes: Uint8Array): void {
    appendFileSync(this.#open().path, bytes);
  }

  seal(): void {
    for (const segment of this.#segments) segment.isOpen = false;
    for (const listener of this.#listeners) listener();
  }

  onSealed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async checked(): Promise<void> {}

  async ensureOwned(): Promise<void> {
    if (this.isLost) throw new Error('taken over');
  }

  async deleteSegment(name: string): Promise<void> {
    const at = this.#segments.findIndex((segment) => segment.name === name);
    const segment = this.#segments[at];
    if (segment === undefined) return;
    if (segment.isOpen) throw new Error(`${name} is open`);
    rmSync(segment.path);
    this.#segments.splice(at, 1);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #open(): { name: string; path: string; validBytes: number; isOpen: boolean } {
    const open = this.#segments.find((segment) => segment.isOpen);
    if (open !== undefined) return open;
    const name = segmentName(1_795_000_000_000 + this.#created++, randomUUID());
    const path = join(this.path, name);
    appendFileSync(path, '');
    const segment = { name, path, validBytes: 0, isOpen: true };
    this.#segments.push(segment);
    return segment;
  }
}
