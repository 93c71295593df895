import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';

/** The eventIds of every valid line in a data folder, copies included, in order. */
export function storedEventIds(folder: string): string[] {
  return segmentFiles(folder).flatMap((path) => eventIdsIn(readFileSync(path)));
}

/** The segments of a data folder, oldest first. */
export function segmentFiles(folder: string): string[] {
  const segments = join(folder, 'segments');
  const names = readdirSync(segments).filter(isSegmentName).sort();
  return names.map((name) => join(segments, name));
}

export function eventIdsIn(bytes: Uint8Array): string[] {
  const eventIds: string[] = [];
  scanSegment(bytes, (line) => {
    const event = JSON.parse(Buffer.from(line.event).toString()) as { eventId: string };
    eventIds.push(event.eventId);
  });
  return eventIds;
}
