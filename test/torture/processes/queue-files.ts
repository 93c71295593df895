import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseSegmentName,
  scanRecords,
  segmentMagic,
  segmentSeed,
} from '../../../packages/sdk-node/src/queue/segment-format.js';

/** Every file below a queue's folder, quarantine aside, that holds or held events. Undefined if the
 *  folder changed while it was looked through. */
export function queueSegments(queueDir: string): string[] | undefined {
  if (!existsSync(queueDir)) return [];
  try {
    return readdirSync(queueDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && parseSegmentName(entry.name) !== undefined)
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The ids of all records that can be read in them, settled ones too; nobody may be at work. */
export function queuedEventIds(queueDir: string): Set<string> {
  const eventIds = new Set<string>();
  for (const path of queueSegments(queueDir)!) {
    const { id } = parseSegmentName(path.slice(path.lastIndexOf('/') + 1))!;
    const bytes = readFileSync(path).subarray(segmentMagic.length);
    scanRecords(bytes, segmentSeed(id), segmentMagic.length, ({ eventId }) => {
      eventIds.add(eventId);
    });
  }
  return eventIds;
}
