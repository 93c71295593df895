import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Crash, crashingDisk } from '../../../server-core/test/support/crashing-disk.js';
import { interceptedDisk } from '../../../server-core/test/support/intercepted-disk.js';
import { latestEventsJson } from '../../src/query/latest-events.js';
import { ledger } from '../../src/query/ledger.js';
import { acceptedEvent, type Sent } from '../support/segment-folder.js';
import { StorageTier } from '../support/storage-tier.js';

let tier: StorageTier;
beforeEach(async () => {
  tier = await StorageTier.create('events');
});
afterEach(() => tier.dispose());

const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}T10:00:00Z`;

const tick = (n: number, sent: Sent = {}, seq = n) =>
  acceptedEvent(
    { eventId: `e-${n}`, event: 'Tick', timestamp: day(1 + (n % 3)), queue: { id: 'q', seq } },
    sent,
  );

/** Every event that queries show, `eventId@receivedAt`, copies included. */
async function shown(): Promise<string[]> {
  await tier.store.refresh();
  const rows = await tier.store.read((query) =>
    query('SELECT event_id, epoch_ms(received_at) AS at FROM events ORDER BY event_id'),
  );
  return rows.map(({ event_id, at }) => `${event_id}@${at}`);
}

const idOf = (shown: string) => shown.slice(0, shown.indexOf('@'));

async function ids(): Promise<string[]> {
  return (await shown()).map(idOf);
}

describe('the archive', () => {
  it('moves sealed segments into a file for each source and day, and deletes them', async () => {
    tier.events.write(tick(1), tick(2), tick(3), tick(4, { source: 'other' }));
    tier.events.seal();
    tier.events.write(tick(5));
    expect(await tier.archiver.archiveSealed()).toBe(1);
    expect(tier.events.readableSegments()).toHaveLength(1);
    expect(tier.parquetFiles().map((name) => name.replace(/[^/]*\.parquet$/, ''))).toEqual([
      'source=dev/id_day=2026-11-01/',
      'source=dev/id_day=2026-11-02/',
      'source=dev/id_day=2026-11-03/',
      'source=other/id_day=2026-11-02/',
    ]);
    expect(await ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5']);
    expect(await tier.archiver.archiveSealed()).toBe(0);
    await tier.reopen();
    expect(await ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5']);
  });

  it('keeps every byte of an event', async () => {
    const text =
      '{ "type":"track","eventId":"odd","timestamp":"2026-11-01T10:00:00Z",\t"event":"a\\u0000b",' +
      '"properties":{"big":123456789012345678901234567890,"lone":"\\ud800","text":"\ufeff€\u2028😀"}}';
    const sent = { text, source: 'a.b_c-d' };
    tier.events.write(acceptedEvent({ eventId: 'odd', timestamp: day(1) }, sent));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    const json = await tier.store.read((query) => latestEventsJson(query, { limit: 1 }));
    expect(json).toContain(text);
    expect(json).toContain('"source":"a.b_c-d"');
  });

  it('keeps the numbers of copies under another number, also over restarts and merges', async () => {
    const copied = async () => {
      await tier.store.refresh();
      const { totals } = await tier.store.read((query) => ledger(query, {}));
      return [totals.counted, totals.copied, totals.missing];
    };
    const order = (seq: number, receivedAtMs: number) =>
      acceptedEvent(
        { eventId: 'order', event: 'Tick', timestamp: day(1), queue: { id: 'q', seq } },
        { receivedAtMs },
      );
    tier.events.write(order(2, 2_000), order(3, 3_000), order(3, 3_500), tick(4));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    expect(await copied()).toEqual([2, 1, 1]);
    // Received before the one that is archived, which is the copy from now on.
    tier.events.write(order(1, 1_000));
    tier.events.seal();
    expect(await copied()).toEqual([2, 2, 0]);
    await tier.archiver.archiveSealed();
    expect(await copied()).toEqual([2, 2, 0]);
    const files = () => readdirSync(join(tier.folder, 'archive', 'events'));
    expect(files().filter((name) => name.endsWith('.seqs'))).toHaveLength(1);
    writeFileSync(join(tier.folder, 'archive', 'events', 'left-over.seqs'), '');
    await tier.reopen();
    for (let n = 0; n < 5; n++) {
      tier.events.write(order(1, 5_000), tick(5 + n));
      tier.events.seal();
      await tier.archiver.archiveSealed();
    }
    expect(await copied()).toEqual([7, 2, 0]);
    expect(files().filter((name) => name.endsWith('.seqs'))).toHaveLength(1);
  });

  it('archives an event once, whatever copies come', async () => {
    tier.events.write(tick(1), tick(2), tick(1));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    tier.events.write(tick(2), tick(3));
    tier.events.seal();
    tier.events.write(tick(1));
    await tier.archiver.archiveSealed();
    expect(await ids()).toEqual(['e-1', 'e-2', 'e-3']);
    tier.events.seal();
    await tier.archiver.archiveSealed();
    await tier.reopen();
    expect(await ids()).toEqual(['e-1', 'e-2', 'e-3']);
    const { storedCopies, queues } = await tier.store.read((query) => ledger(query, {}));
    expect(storedCopies).toBe(3);
    expect(queues[0]).toMatchObject({ tracked: 3, counted: 3, missing: 0 });
  });

  it('keeps the copy that was received first, also when it is archived last', async () => {
    tier.events.write(tick(1, { receivedAtMs: 2_000 }), tick(4, { receivedAtMs: 2_000 }));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    tier.events.write(tick(1, { receivedAtMs: 1_000 }), tick(4, { receivedAtMs: 3_000 }));
    expect(await shown()).toEqual(['e-1@1000', 'e-4@2000']);
    tier.events.seal();
    await tier.archiver.archiveSealed();
    expect(await shown()).toEqual(['e-1@1000', 'e-4@2000']);
    expect(tier.parquetFiles()).toHaveLength(1);
  });

  it('merges small files, so that a partition has few of them', async () => {
    for (let seq = 1; seq <= 40; seq++) {
      tier.events.write(tick(3 * seq));
      tier.events.seal();
      await tier.archiver.archiveSealed();
    }
    expect(tier.parquetFiles().length).toBeLessThan(5);
    expect(await ids()).toHaveLength(40);
    await tier.reopen();
    expect(await ids()).toHaveLength(40);
  });

  it('never deletes a segment with damaged lines', async () => {
    tier.events.write(tick(1));
    tier.events.writeBytes(Buffer.from('damage\n'));
    tier.events.write(tick(2));
    tier.events.seal();
    const [{ name } = { name: '' }] = tier.events.readableSegments();
    await tier.archiver.archiveSealed();
    expect(tier.events.readableSegments()).toHaveLength(1);
    expect(tier.damaged).toEqual([name]);
    expect(await ids()).toEqual(['e-1', 'e-2']);
    await tier.reopen();
    await tier.archiver.archiveSealed();
    expect(await ids()).toEqual(['e-1', 'e-2']);
    expect(tier.events.readableSegments()).toHaveLength(1);
  });

  it('removes files that no manifest names', async () => {
    tier.events.write(tick(1));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    const before = tier.parquetFiles();
    const orphans = join(tier.folder, 'archive', 'events', 'source=dev', 'id_day=2020-01-01');
    mkdirSync(orphans);
    writeFileSync(join(orphans, 'half.parquet'), 'PAR1');
    writeFileSync(join(orphans, 'tmp_half.parquet'), '');
    await tier.reopen();
    expect(tier.parquetFiles()).toEqual(before);
    expect(await ids()).toEqual(['e-1']);
  });

  it('changes nothing once another process owns the data folder', async () => {
    tier.events.write(tick(1));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    const manifest = () => readFileSync(join(tier.folder, 'archive', 'manifest.json'), 'utf8');
    const before = manifest();
    const stray = join(tier.folder, 'archive', 'events', 'of-the-other.parquet');
    writeFileSync(stray, 'PAR1');
    tier.events.write(tick(2));
    tier.events.seal();
    tier.events.isLost = true;
    await expect(tier.archiver.archiveSealed()).rejects.toThrow('taken over');
    await expect(tier.archiver.archiveSealed()).rejects.toThrow('taken over');
    expect(manifest()).toBe(before);
    expect(tier.events.readableSegments()).toHaveLength(1);
    expect(tier.parquetFiles()).toContain('of-the-other.parquet');
  });

  it('does not start on an archive that lacks a file, or whose manifest is broken', async () => {
    tier.events.write(tick(1));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    const [file = ''] = tier.parquetFiles();
    rmSync(join(tier.folder, 'archive', 'events', file));
    await expect(tier.reopen()).rejects.toThrow(/is missing.*backup/);
    writeFileSync(join(tier.folder, 'archive', 'manifest.json'), '{');
    await expect(tier.reopen()).rejects.toThrow(/manifest\.json cannot be read/);
  });

  it('does not start on a manifest of which any one bit is flipped', async () => {
    tier.events.write(tick(1));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    const path = join(tier.folder, 'archive', 'manifest.json');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 1 + (at % 7)) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      writeFileSync(path, flipped);
      await expect(tier.archiver.recover()).rejects.toThrow(
        /manifest\.json cannot be read.*backup/,
      );
    }
    writeFileSync(path, whole);
    await tier.archiver.recover();
    expect(await ids()).toEqual(['e-1']);
  });

  it('does not take the files of an archive whose manifest is lost for leftovers', async () => {
    tier.events.write(tick(1));
    tier.events.seal();
    await tier.archiver.archiveSealed();
    const before = tier.parquetFiles();
    const path = join(tier.folder, 'archive', 'manifest.json');
    const whole = readFileSync(path);
    rmSync(path);
    await expect(tier.reopen()).rejects.toThrow(/manifest\.json is missing.*backup/);
    expect(tier.parquetFiles()).toEqual(before);
    writeFileSync(path, whole);
    await tier.reopen();
    expect(await ids()).toEqual(['e-1']);
  });

  it('lets a query finish on the files that it began with', async () => {
    const archiveOne = async (seq: number) => {
      tier.events.write(tick(3 * seq));
      tier.events.seal();
      await tier.archiver.archiveSealed();
    };
    for (let seq = 1; seq <= 4; seq++) await archiveOne(seq);
    const before = tier.parquetFiles();
    let archived: Promise<void> | undefined;
    await tier.store.read(async (query) => {
      await query('SELECT count(*) FROM events');
      archived = archiveOne(5);
      await expect.poll(() => tier.events.readableSegments().length, { timeout: 5_000 }).toBe(0);
      for (let asked = 0; asked < 20; asked++) {
        const [row] = await query('SELECT count(*) AS count FROM events');
        expect(Number(row?.count)).toBe(4);
      }
      for (const file of before) expect(tier.parquetFiles()).toContain(file);
    });
    await archived;
    expect(tier.parquetFiles()).toHaveLength(1);
    expect(await ids()).toHaveLength(5);
  });

  it('shows every event at every moment of a run', async () => {
    await tier.store.close();
    const watched = interceptedDisk(nodeDisk, async ({ name }, run) => {
      const result = await run();
      if (tier.events.readableSegments().length > 0) expect(await ids(), name).toEqual(expected);
      return result;
    });
    const expected: string[] = [];
    await tier.open(watched);
    await tier.archiver.recover();
    for (let seq = 1; seq <= 6; seq++) {
      tier.events.write(tick(3 * seq));
      tier.events.seal();
      tier.events.write(tick(30));
      expected.splice(0, Infinity, ...new Set([...expected, `e-${3 * seq}`, 'e-30'].sort()));
      await tier.archiver.archiveSealed();
    }
    expect(await ids()).toEqual(expected);
  });
});

describe('a crash of the archiver', () => {
  const expected = ['e-1', 'e-2', 'e-3', 'e-4', 'e-5', 'e-6', 'e-7', 'e-8'];

  /** A state in which the next run writes, merges, retires, and meets copies. */
  async function prepare(): Promise<void> {
    for (const seq of [3, 6, 1, 2]) {
      tier.events.write(tick(seq, { receivedAtMs: 5_000 }), tick(3, { receivedAtMs: 9_000 }, 9));
      tier.events.seal();
      await tier.archiver.archiveSealed();
    }
    tier.events.write(tick(4), tick(5), tick(7), tick(3, { receivedAtMs: 4_000 }), tick(6));
    tier.events.write(tick(6, {}, 10));
    tier.events.seal();
    tier.events.write(tick(8), tick(4));
  }

  beforeEach(async () => {
    await prepare();
    await tier.saveTemplate();
  });

  async function check(when: string): Promise<void> {
    const rows = await shown();
    expect(rows.map(idOf), when).toEqual(expected);
    expect(rows, when).toContain('e-3@4000');
    const { queues } = await tier.store.read((query) => ledger(query, {}));
    expect(queues[0], when).toMatchObject({ tracked: 10, counted: 8, copied: 2, missing: 0 });
  }

  it('never loses or doubles an event, whichever call on the disk was the last', async () => {
    const failures: string[] = [];
    let crashes = 0;
    let isThrough = false;
    for (let calls = 0; calls < 200 && !isThrough; calls++) {
      const crashed = crashingDisk(nodeDisk, calls);
      await tier.begin(crashed.disk);
      const when = `crash after ${calls} calls`;
      try {
        await tier.archiver.recover();
        await check(`${when}, before it`);
        await tier.archiver.archiveSealed();
        isThrough = !crashed.hasCrashed();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        crashes++;
      }
      await tier.reopen();
      await check(`${when}, after the restart`);
      await tier.archiver.archiveSealed();
      await check(`${when}, archived`);
      if (tier.events.readableSegments().length !== 1) failures.push(`${when}: segments left`);
      const manifest = readFileSync(join(tier.folder, 'archive', 'manifest.json'), 'utf8');
      const named = (JSON.parse(manifest) as { files: { path: string }[] }).files;
      const paths = named.map(({ path }) => path.replace(/^events\//, '')).sort();
      expect(tier.parquetFiles(), when).toEqual(paths);
      const files = readdirSync(join(tier.folder, 'archive', 'events'));
      expect(files.filter((name) => name.endsWith('.seqs'))).toHaveLength(1);
    }
    expect(failures).toEqual([]);
    expect(isThrough).toBe(true);
    expect(crashes).toBeGreaterThan(20);
  });

  it('writes a manifest anew whose name could not be made durable, before anything goes', async () => {
    let isFailing = false;
    const calls: string[] = [];
    const disk = interceptedDisk(nodeDisk, async ({ name, path }, run) => {
      const isManifests = name === 'syncFolder' && path.endsWith('archive');
      if (isFailing && isManifests && calls.includes('rename')) throw new Crash();
      calls.push(name);
      return run();
    });
    await tier.begin(disk);
    await tier.archiver.recover();
    calls.length = 0;
    isFailing = true;
    await expect(tier.archiver.archiveSealed()).rejects.toThrow(Crash);
    isFailing = false;
    // After a sync that failed the next one may succeed and yet do nothing.
    calls.length = 0;
    await tier.archiver.archiveSealed();
    const written = ['create', 'write', 'datasync', 'rename', 'syncFolder'];
    const steps = calls.filter((name) => written.includes(name) || name === 'remove');
    const rename = steps.indexOf('rename');
    expect(steps.slice(rename - 3, rename + 2)).toEqual(written);
    expect(steps.slice(0, rename).filter((name) => name === 'remove')).toHaveLength(1);
    await check('archived');
  });

  it('goes on by itself after a call that failed', async () => {
    let failsAt = -1;
    /** Of the run under test; enough of them to begin with. */
    let calls = Number.POSITIVE_INFINITY;
    const disk = interceptedDisk(nodeDisk, async ({ name }, run) => {
      if (name !== 'close' && calls++ === failsAt) throw new Crash();
      return run();
    });
    for (let at = 0; at < 200 && calls >= at; at++) {
      failsAt = -1;
      await tier.begin(disk);
      await tier.archiver.recover();
      calls = 0;
      failsAt = at;
      await tier.archiver
        .archiveSealed()
        .catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      await check(`call ${at} failed`);
      await tier.archiver.archiveSealed();
      await check(`call ${at} failed, then archived`);
      expect(tier.events.readableSegments(), `call ${at}`).toHaveLength(1);
    }
  });
});
