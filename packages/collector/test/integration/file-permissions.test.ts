import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { collectorArgs, runCollector } from '../support/run-collector.js';
import { trackEvent } from '../support/track-event.js';

describe('the data folder', () => {
  it('is for its user alone, whatever the umask', async () => {
    const folder = join(await dataFolder(), 'data');
    const { child, gone, post } = await runCollector(collectorArgs(folder), {
      before: ['sh', '-c', 'umask 0; exec "$@"', 'sh'],
    });
    const answer = await post({ events: [trackEvent('a'), trackEvent('b', { eventId: 7 })] });
    expect(await answer.json()).toMatchObject({ accepted: 1, rejected: [{ index: 1 }] });
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const modes = [folder, ...paths.map((path) => join(folder, path))].map((path) => {
      const stat = statSync(path);
      return `${stat.isDirectory() ? 'folder' : 'file'} ${(stat.mode & 0o777).toString(8)}`;
    });
    expect(new Set(modes)).toEqual(new Set(['folder 700', 'file 600']));
    // A segment each of events and of dead letters, and an owner of each.
    expect(modes.filter((mode) => mode === 'file 600').length).toBeGreaterThanOrEqual(4);
    child.kill('SIGTERM');
    expect(await gone()).toBe(0);
  });
});
