import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';
import { archivedEvents } from './archived-events.js';
import { CountedEvents, type HeldEvent } from './counted-events.js';

/** What a data folder holds by its files alone, while nobody is at work on it: the archive, and the
 *  segments that are not in it. */
export async function countEvents(dataFolder: string): Promise<CountedEvents> {
  const counted = new CountedEvents();
  const archive = await archivedEvents(dataFolder);
  for (const event of archive.events) counted.add(event);
  if (counted.copies > 0) counted.faults.push(`the archive holds ${counted.copies} events twice`);
  counted.archived = counted.count;
  for (const event of segmentEvents(dataFolder, archive.segments)) counted.add(event);
  return counted;
}

/** The valid lines of all segments but those named in `without`, copies included. */
function segmentEvents(dataFolder: string, without: ReadonlySet<string>): HeldEvent[] {
  const folder = join(dataFolder, 'segments');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => isSegmentName(name) && !without.has(name));
  return names.sort().flatMap((name) => {
    const events: HeldEvent[] = [];
    scanSegment(readFileSync(join(folder, name)), ({ source, event }) => {
      events.push({ source, json: Buffer.from(event).toString() });
    });
    return events;
  });
}
