import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';
import type { StoredRecord } from '../../src/sinks/event-sink.contract.js';

/** Every valid line in a data folder, copies included, in order. */
export function storedRecords(folder: string): StoredRecord[] {
  return segmentFiles(folder).flatMap((path) => recordsIn(readFileSync(path)));
}

export function storedEventIds(folder: string): string[] {
  return storedRecords(folder).map(({ eventId }) => eventId);
}

/** The segments of a data folder, oldest first. */
export function segmentFiles(folder: string): string[] {
  const segments = join(folder, 'segments');
  const names = readdirSync(segments).filter(isSegmentName).sort();
  return names.map((name) => join(segments, name));
}

export function recordsIn(bytes: Uint8Array): StoredRecord[] {
  const records: StoredRecord[] = [];
  scanSegment(bytes, (line) => {
    const headers = JSON.parse(line.headersJson) as Record<string, unknown>;
    const value = Buffer.from(line.event).toString();
    records.push({ eventId: String(headers.ce_id), value, headers });
  });
  return records;
}
