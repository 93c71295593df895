import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Crash, crashingDisk } from '../../../server-core/test/support/crashing-disk.js';
import { ledger } from '../../src/query/ledger.js';
import { rejections } from '../../src/query/rejections.js';
import { acceptedEvent } from '../support/segment-folder.js';
import { StorageTier } from '../support/storage-tier.js';

let tier: StorageTier;
/** So many of the newest sealed segments are within the bound. */
let keptSegments: number;

beforeEach(async () => {
  keptSegments = 0;
  tier = await StorageTier.create('deadLetters', (sealed) =>
    sealed.slice(0, Math.max(0, sealed.length - keptSegments)),
  );
});
afterEach(() => tier.dispose());

const inQueue = (seq: number) => ({ eventId: `e-${seq}`, queue: { id: 'q', seq } });

const refused = (event: object, code = 'invalid_timestamp', receivedAtMs?: number) =>
  acceptedEvent(event, {
    headers: { hf_code: code },
    ...(receivedAtMs === undefined ? {} : { receivedAtMs }),
  });

/** Refused events of a queue in a segment of their own. */
function refuse(...numbers: readonly number[]): void {
  tier.deadLetters.write(...numbers.map((seq) => refused(inQueue(seq))));
  tier.deadLetters.seal();
}

async function ledgerNow() {
  await tier.store.refresh();
  return tier.store.read((query) => ledger(query, {}));
}

async function rejectionsNow() {
  await tier.store.refresh();
  return tier.store.read((query) => rejections(query, 20));
}

describe('dead letters whose segment is deleted', () => {
  it('still count in the ledger, after a restart too', async () => {
    tier.events.write(acceptedEvent({ ...inQueue(1), event: 'Tick' }));
    refuse(2, 3);
    refuse(4);
    tier.deadLetters.write(refused(inQueue(6)), refused({ eventId: 'no-queue' }));
    const before = await ledgerNow();
    const totals = { tracked: 6, counted: 1, copied: 0, rejected: 4, dropped: 0, missing: 1 };
    expect(before.totals).toEqual(totals);
    await tier.archiver.archiveSealed();
    expect(tier.deadLetters.readableSegments()).toHaveLength(1);
    expect(await ledgerNow()).toEqual(before);
    tier.deadLetters.seal();
    await tier.archiver.archiveSealed();
    expect(tier.deadLetters.readableSegments()).toEqual([]);
    expect(await ledgerNow()).toEqual(before);
    await tier.reopen();
    expect(await ledgerNow()).toEqual(before);
    expect(before.withoutQueue).toEqual({ counted: 0, rejected: 1 });
  });

  it('are counted by their code, and no longer listed', async () => {
    refuse(1, 2);
    tier.deadLetters.write(refused(inQueue(3), 'too_large'));
    await tier.archiver.archiveSealed();
    const { total, byCode, rejections: listed } = await rejectionsNow();
    expect({ total, byCode }).toEqual({
      total: 3,
      byCode: [
        { code: 'invalid_timestamp', count: 2 },
        { code: 'too_large', count: 1 },
      ],
    });
    expect(listed.map(({ eventId }) => eventId)).toEqual(['e-3']);
  });

  it('are those beyond the bound, and no others', async () => {
    keptSegments = 2;
    for (const seq of [1, 2, 3, 4]) refuse(seq);
    await tier.archiver.archiveSealed();
    expect(tier.deadLetters.readableSegments()).toHaveLength(2);
    const { total, rejections: listed } = await rejectionsNow();
    expect(total).toBe(4);
    expect(listed.map(({ eventId }) => eventId).sort()).toEqual(['e-3', 'e-4']);
  });

  it('count once with an event of their number that was accepted later', async () => {
    refuse(1, 2);
    await tier.archiver.archiveSealed();
    tier.events.write(acceptedEvent({ ...inQueue(2), event: 'Tick' }));
    refuse(1);
    expect((await ledgerNow()).totals).toMatchObject({ tracked: 2, counted: 1, rejected: 1 });
    await tier.archiver.archiveSealed();
    await tier.reopen();
    expect((await ledgerNow()).totals).toMatchObject({ tracked: 2, counted: 1, rejected: 1 });
    expect((await rejectionsNow()).total).toBe(3);
  });

  it('leave few files, one folder a day of receipt', async () => {
    const day = Date.parse('2026-11-20T10:00:00Z');
    for (let seq = 1; seq <= 20; seq++) {
      const nextDay = day + 86_400_000;
      tier.deadLetters.write(
        refused(inQueue(seq), 'a', day),
        refused(inQueue(100 + seq), 'b', nextDay),
      );
      tier.deadLetters.seal();
      await tier.archiver.archiveSealed();
    }
    const folders = new Set(tier.parquetFiles().map((name) => name.replace(/\/[^/]*$/, '')));
    expect([...folders]).toEqual(['source=dev/id_day=2026-11-20', 'source=dev/id_day=2026-11-21']);
    expect(tier.parquetFiles().length).toBeLessThan(10);
    expect((await rejectionsNow()).total).toBe(40);
  });

  it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
    'lie under their day in UTC, in %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      try {
        for (const at of ['2026-11-20T00:00:00.000Z', '2026-11-20T23:59:59.999Z']) {
          tier.deadLetters.write(refused(inQueue(1), 'a', Date.parse(at)));
        }
        tier.deadLetters.seal();
        await tier.archiver.archiveSealed();
        expect(tier.parquetFiles()).toEqual([
          expect.stringMatching(/^source=dev\/id_day=2026-11-20\//),
        ]);
        expect((await rejectionsNow()).total).toBe(2);
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );
});

describe('a crash while dead letters are noted and deleted', () => {
  /** A state in which the next run writes, merges, retires and deletes. */
  beforeEach(async () => {
    for (const seq of [1, 2, 3]) {
      refuse(seq);
      await tier.archiver.archiveSealed();
    }
    keptSegments = 1;
    refuse(4, 5);
    refuse(6);
    refuse(7);
    tier.deadLetters.write(refused(inQueue(8)), refused({ eventId: 'no-queue' }));
    await tier.saveTemplate();
  });

  async function check(when: string): Promise<void> {
    const { totals, queues, withoutQueue } = await ledgerNow();
    expect(totals, when).toMatchObject({ tracked: 8, rejected: 8, missing: 0 });
    expect(queues[0]!.gaps, when).toEqual([]);
    expect(withoutQueue.rejected, when).toBe(1);
    expect((await rejectionsNow()).total, when).toBe(9);
  }

  it('never changes what the ledger says of them, whichever call was the last', async () => {
    let crashes = 0;
    let isThrough = false;
    for (let calls = 0; calls < 200 && !isThrough; calls++) {
      const { disk, hasCrashed } = crashingDisk(nodeDisk, calls);
      const when = `crash after ${calls} calls`;
      await tier.begin(disk);
      try {
        await tier.archiver.recover();
        await tier.archiver.archiveSealed();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        crashes++;
      }
      isThrough = !hasCrashed();
      await tier.reopen();
      await check(`${when}, after the restart`);
      await tier.archiver.archiveSealed();
      await check(`${when}, archived`);
      expect(tier.deadLetters.readableSegments(), when).toHaveLength(2);
    }
    expect(isThrough).toBe(true);
    expect(crashes).toBeGreaterThan(15);
  });

  it('deletes nothing that no manifest names', async () => {
    await tier.archiver.recover();
    const before = tier.deadLetters.readableSegments();
    const deleteSegment = tier.deadLetters.deleteSegment.bind(tier.deadLetters);
    tier.deadLetters.deleteSegment = async (name) => {
      const manifest = readFileSync(join(tier.folder, 'archive', 'manifest.json'), 'utf8');
      expect(manifest).toContain(name);
      await deleteSegment(name);
    };
    await tier.archiver.archiveSealed();
    expect(tier.deadLetters.readableSegments()).toEqual(before.slice(2));
  });
});
