import { truncateSync } from 'node:fs';
import { encodeSegmentLines } from '@holdfast/protocol/file-segment';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceptedEvent, SegmentFolder } from '../../test/support/segment-folder.js';
import { storageLimits } from '../limits.js';
import { SegmentReader } from './segment-reader.js';

const event = (n: number, note = '') =>
  acceptedEvent({ eventId: `e-${n}`, event: 'Tick', properties: { note } });

describe('SegmentReader', () => {
  let folder: SegmentFolder;
  let reader: SegmentReader;

  beforeEach(() => {
    folder = new SegmentFolder();
    reader = new SegmentReader(nodeDisk);
  });
  afterEach(() => folder.remove());

  async function readNew(): Promise<string[]> {
    const ids: string[] = [];
    for (const segment of folder.readableSegments()) {
      await reader.readNew(segment, async (lines) => {
        for (const line of lines) {
          ids.push((JSON.parse(Buffer.from(line.event).toString()) as { eventId: string }).eventId);
        }
        return 0;
      });
    }
    return ids;
  }

  it('hands out each line once, however often it is asked', async () => {
    folder.write(event(1), event(2));
    expect(await readNew()).toEqual(['e-1', 'e-2']);
    expect(await readNew()).toEqual([]);
    folder.write(event(3));
    folder.seal();
    folder.write(event(4));
    expect(await readNew()).toEqual(['e-3', 'e-4']);
  });

  it('reads nothing beyond what is durable', async () => {
    folder.write(event(1));
    folder.writeUnsynced(encodeSegmentLines([event(2)]));
    expect(await readNew()).toEqual(['e-1']);
  });

  it('reads segments larger than one read, with lines across its borders', async () => {
    const note = 'x'.repeat(20_000);
    const count = Math.ceil((3 * storageLimits.segmentReadBytes) / note.length);
    folder.write(...Array.from({ length: count }, (_, n) => event(n, note)));
    expect(await readNew()).toEqual(Array.from({ length: count }, (_, n) => `e-${n}`));
    const [segment] = folder.readableSegments();
    expect(reader.damagedBytes(segment!.name)).toBe(0);
  });

  it('leaves damage behind, counts it, and reads on', async () => {
    const damage = Buffer.from('garbage\nmore\n');
    folder.write(event(1));
    folder.writeBytes(damage);
    folder.writeBytes(Buffer.alloc(2 * storageLimits.segmentReadBytes, 120));
    folder.writeBytes(Buffer.from('\n'));
    folder.write(event(2));
    expect(await readNew()).toEqual(['e-1', 'e-2']);
    const [segment] = folder.readableSegments();
    expect(reader.damagedBytes(segment!.name)).toBe(
      damage.length + 2 * storageLimits.segmentReadBytes,
    );
  });

  it('fails on a segment that is shorter than it should be, and does not take it for read', async () => {
    folder.write(event(1), event(2));
    const [segment] = folder.readableSegments();
    truncateSync(segment!.path, segment!.validBytes / 2);
    await expect(readNew()).rejects.toThrow(`ends before ${segment!.validBytes} bytes`);
    expect(reader.offset(segment!.name)).toBe(segment!.validBytes / 2);
  });

  it('hands out again what could not be taken', async () => {
    folder.write(event(1));
    const [segment] = folder.readableSegments();
    const refused = reader.readNew(segment!, async () => {
      throw new Error('no room');
    });
    await expect(refused).rejects.toThrow('no room');
    expect(await readNew()).toEqual(['e-1']);
  });
});
