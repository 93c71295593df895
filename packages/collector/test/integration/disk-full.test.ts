import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allows } from '../../../../test/support/needs.js';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { storedEventIds } from '../support/read-segments.js';
import { collectorArgs, runCollector } from '../support/run-collector.js';
import { trackEvent } from '../support/track-event.js';

const canMount = allows('mount a tmpfs', 'unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt');

interface Sent {
  readonly acked: string[];
  refused: number;
}

/** Sends batches of 20 events of 1 kB; counts what was acked and what was refused. */
async function send(
  post: (body: object) => Promise<Response>,
  batches: number,
  name: string,
): Promise<Sent> {
  const sent: Sent = { acked: [], refused: 0 };
  for (let batch = 0; batch < batches; batch++) {
    const ids = Array.from({ length: 20 }, (_, i) => `${name}-${batch}-${i}`);
    const properties = { text: 'x'.repeat(1_000) };
    const answer = await post({ events: ids.map((id) => trackEvent(id, { properties })) });
    const body = (await answer.json()) as { accepted?: number; code?: string };
    if (body.accepted === ids.length) sent.acked.push(...ids);
    else {
      expect(`${answer.status} ${body.code}`).toBe('503 sink_unavailable');
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      sent.refused++;
    }
  }
  return sent;
}

function expectStored(folder: string, acked: readonly string[]): void {
  const stored = new Set(storedEventIds(folder));
  expect(acked.filter((eventId) => !stored.has(eventId))).toEqual([]);
}

describe('the collector on a disk that takes no more', () => {
  it.skipIf(!canMount)(
    'refuses while it is full, and takes again when there is space',
    async () => {
      const folder = await dataFolder();
      const mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
      const { child, post } = await runCollector(collectorArgs(folder), {
        before: ['unshare', '-rm', 'sh', '-c', mount, folder],
      });
      // The mount is seen by the child alone; through its root we see it too.
      const seenFolder = `/proc/${child.pid}/root${folder}`;
      writeFileSync(`${seenFolder}/ballast`, Buffer.alloc(800_000));
      const before = await send(post, 20, 'before');
      expect(before.acked.length).toBeGreaterThan(0);
      expect(before.refused).toBeGreaterThan(0);
      rmSync(`${seenFolder}/ballast`);
      await expect
        .poll(async () => (await post({ events: [trackEvent('back')] })).status, {
          timeout: 10_000,
        })
        .toBe(200);
      const after = await send(post, 5, 'after');
      expect(after.refused).toBe(0);
      expectStored(seenFolder, [...before.acked, ...after.acked, 'back']);
    },
  );

  it('gives up a file that may not grow, and goes on in another one', async () => {
    const folder = await dataFolder();
    const { post } = await runCollector(collectorArgs(folder), {
      before: ['bash', '-c', 'ulimit -f 100 && exec "$@"', 'bash'],
    });
    const first = await send(post, 6, 'first');
    expect(first.acked.length).toBeGreaterThan(0);
    expect(first.refused).toBeGreaterThan(0);
    await expect
      .poll(async () => (await send(post, 1, 'later')).acked.length, { timeout: 10_000 })
      .toBe(20);
    expectStored(folder, first.acked);
  });
});
