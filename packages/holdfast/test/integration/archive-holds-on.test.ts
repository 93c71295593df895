import { SegmentCopy } from '@holdfast/storage/duckdb/segment-copy';
import { SegmentFeed } from '@holdfast/storage/log/segment-feed';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acceptedEvent } from '../../../storage/test/support/segment-folder.js';
import { StorageTier } from '../../../storage/test/support/storage-tier.js';

let tier: StorageTier;
beforeEach(async () => {
  tier = await StorageTier.create('events');
});
afterEach(() => tier.dispose());

const tick = (n: number) =>
  acceptedEvent({ eventId: `e-${n}`, event: 'Tick', timestamp: '2026-11-02T10:00:00Z' });

/** Of the events that queries show, copies included. */
async function ids(): Promise<unknown[]> {
  await tier.store.refresh();
  const rows = await tier.store.read((query) =>
    query('SELECT event_id FROM events ORDER BY event_id'),
  );
  return rows.map(({ event_id }) => event_id);
}

describe('the archive holds on to a segment', () => {
  it('with a whole line that it cannot make an event of', async () => {
    const torn = acceptedEvent({ eventId: 'e-2' }, { text: '{"eventId":"e-2"' });
    tier.events.write(tick(1), torn, tick(3));
    tier.events.seal();
    const [{ name } = { name: '' }] = tier.events.readableSegments();
    await tier.archiver.archiveSealed();
    await tier.reopen();
    await tier.archiver.archiveSealed();
    expect(tier.damaged).toEqual([name]);
    expect(tier.events.readableSegments()).toHaveLength(1);
    expect(await ids()).toEqual(['e-1', 'e-3']);
  });

  it('until it was read to its end', async () => {
    let unreadBytes = 1;
    const feed = tier.store.events;
    const { takenBytes: read } = SegmentFeed.prototype;
    const takenBytes = vi.spyOn(feed, 'takenBytes');
    takenBytes.mockImplementation((name) => read.call(feed, name) - unreadBytes);
    tier.events.write(tick(1), tick(2));
    tier.events.seal();
    expect(await tier.archiver.archiveSealed()).toBe(0);
    expect(tier.events.readableSegments()).toHaveLength(1);
    unreadBytes = 0;
    expect(await tier.archiver.archiveSealed()).toBe(1);
    expect(tier.events.readableSegments()).toEqual([]);
    expect(await ids()).toEqual(['e-1', 'e-2']);
  });

  it('whose events are not in the files that were written', async () => {
    tier.events.write(tick(1), tick(2));
    tier.events.seal();
    const writing = vi.spyOn(SegmentCopy.prototype, 'write').mockResolvedValueOnce([]);
    await expect(tier.archiver.archiveSealed()).rejects.toThrow('2 events are not in the archive');
    writing.mockRestore();
    expect(tier.events.readableSegments()).toHaveLength(1);
    expect(await ids()).toEqual(['e-1', 'e-2']);
    expect(await tier.archiver.archiveSealed()).toBe(1);
    expect(await ids()).toEqual(['e-1', 'e-2']);
  });
});
