import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCollector, MemorySink } from '@holdfast/collector';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnalytics } from '../../src/index.js';

describe('a client of a sidecar', () => {
  const sources = [{ source: 'test', writeKeys: ['key-1'], origins: [], allowsCritical: true }];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-socket-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('delivers over its Unix socket, also after it came back', async () => {
    const socketPath = join(folder, 'collector.sock');
    const sink = new MemorySink();
    const start = async () => {
      const collector = createCollector({ sources, socketPath, adminPort: 0 }, { sinks: [sink] });
      await collector.start();
      return collector;
    };
    const client = createAnalytics({
      writeKey: 'key-1',
      endpoint: `unix:${socketPath}`,
      queueDir: join(folder, 'queue'),
    });
    let collector = await start();
    try {
      const ids = [client.track({ userId: 'u', event: 'E', priority: 'critical' })];
      expect(await client.flush()).toMatchObject({ delivered: 1, pending: 0 });
      await collector.stop();
      ids.push(client.track({ userId: 'u', event: 'E' }));
      expect(await client.flush({ timeoutMs: 300 })).toMatchObject({ pending: 1 });
      collector = await start();
      await vi.waitFor(
        () =>
          client.flush({ timeoutMs: 500 }).then((report) => {
            expect(report).toMatchObject({ pending: 0 });
          }),
        { timeout: 20_000 },
      );
      expect(sink.events.map(({ eventId }) => eventId)).toEqual(ids);
      expect(sink.events.map(({ priority }) => priority)).toEqual(['critical', 'normal']);
    } finally {
      await client.shutdown({ timeoutMs: 100 });
      await collector.stop();
    }
  });
});
