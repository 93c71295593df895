import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { listen } from '@holdfast/server-core/http/http-server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { runChild } from '../support/child-process.js';
import { storedEventIds } from '../support/read-segments.js';
import { collectorArgs, runCollector } from '../support/run-collector.js';
import { batchOf, trackEvent } from '../support/track-event.js';

describe('holdfast-collector', () => {
  it('exits with 78 and lists every fault of its configuration', async () => {
    const { output, gone } = runChild('src/cli.ts', ['--port', 'x', '--sink', 'kafka']);
    expect(await gone()).toBe(78);
    expect(output().trim().split('\n')).toEqual([
      'wrong configuration:',
      '  --port: must be a whole number from 0 to 65535, not "x"',
      '  --write-key: at least one SOURCE=KEY is needed',
      '  --kafka-brokers: the Kafka sink needs HOST:PORT',
    ]);
  });

  it.each([
    ['--port', 'HOLDFAST_PORT'],
    ['--admin-port', 'HOLDFAST_ADMIN_PORT'],
  ])(
    'exits with 1 and says which port of %s is taken, and how to choose another',
    async (flag, variable) => {
      const taken = createServer();
      onTestFinished(() => void taken.close());
      const port = await listen(taken, '127.0.0.1', 0);
      const args = [...collectorArgs(await dataFolder()), flag, String(port)];
      const { output, gone } = runChild('src/cli.ts', args);
      expect(await gone()).toBe(1);
      expect(output()).toContain(`Port ${port} of 127.0.0.1 is taken`);
      expect(output()).toContain(`${flag} or ${variable}`);
    },
  );

  it('says its version', async () => {
    const { output, gone } = runChild('src/cli.ts', ['--version']);
    expect(await gone()).toBe(0);
    expect(output()).toMatch(/^holdfast-collector \d+\.\d+\.\d+\n$/);
  });

  it('checks its configuration without starting anything', async () => {
    const folder = join(await dataFolder(), 'never made');
    const { output, gone } = runChild('src/cli.ts', ['check', ...collectorArgs(folder)]);
    expect(await gone()).toBe(0);
    expect(output()).toBe('the configuration is sound\n');
    expect(() => storedEventIds(folder)).toThrow('ENOENT');
  });

  it('exits with 1 and says who owns the data folder if a live process does', async () => {
    const folder = await dataFolder();
    const { child } = await runCollector(collectorArgs(folder));
    const second = runChild('src/cli.ts', collectorArgs(folder));
    expect(await second.gone()).toBe(1);
    expect(second.output()).toContain(`${folder} is in use by process ${child.pid}`);
    expect(second.output()).toContain('--data');
  });

  it('drains on SIGTERM, exits with 0, and has what it acked', async () => {
    const folder = await dataFolder();
    const { child, gone, post } = await runCollector(collectorArgs(folder));
    expect((await post(batchOf('a', 'b'))).status).toBe(200);
    child.kill('SIGTERM');
    expect(await gone()).toBe(0);
    expect(storedEventIds(folder)).toEqual(['a', 'b']);
  });

  it('exits at once when it is told twice', async () => {
    const running = await runCollector(collectorArgs(await dataFolder()));
    const { child, gone, url, adminUrl, waitFor } = running;
    // A request that never ends would hold the drain for 10 s.
    const request = fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer shop-key' },
      body: new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('{')) }),
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
      expect(metrics).toMatch(/^holdfast_requests_in_flight 1$/m);
    }, 10_000);
    child.kill('SIGINT');
    await waitFor(/draining/);
    child.kill('SIGINT');
    expect(await gone()).toBe(1);
    await request;
  });

  it('reads keys again on SIGHUP, and keeps the old ones if the file is damaged', async () => {
    const folder = await dataFolder();
    const file = join(folder, 'config.json');
    const write = (config: string) => writeFileSync(file, config);
    write('{"writeKey":["shop=shop-key"]}');
    const args = ['--port', '0', '--admin-port', '0', '--data', folder, '--config', file];
    const { child, post, waitFor } = await runCollector(args);
    const status = async () => (await post({ events: [] })).status;
    expect(await status()).toBe(200);
    write('{"writeKey":["shop=new-key"]}');
    child.kill('SIGHUP');
    await expect.poll(status).toBe(401);
    write('{"writeKey":["shop=shop-key"]}');
    child.kill('SIGHUP');
    await expect.poll(status).toBe(200);
    write('{');
    child.kill('SIGHUP');
    await waitFor(/configuration not taken over/);
    expect(await status()).toBe(200);
  });

  it('logs JSON lines without body, key or query', async () => {
    const folder = await dataFolder();
    const running = await runCollector(collectorArgs(folder, '--log-level', 'debug'));
    await running.post(batchOf('secret-event-id'));
    await fetch(`${running.url}/v1/events?writeKey=secret-key&x=secret-query`, {
      method: 'POST',
      body: 'secret-body',
    });
    running.child.kill('SIGTERM');
    await running.gone();
    const lines = running.output().trim().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('message');
    expect(lines.filter((line) => line.includes('"status":')).length).toBe(2);
    expect(running.output()).not.toContain('secret');
    expect(running.output()).not.toContain('shop-key');
  });
});

describe('holdfast-collector killed with SIGKILL in mid-batch', () => {
  /** Sends batches one after the other until the collector is gone; gives back what was acked. */
  async function sendUntilGone(post: (body: object) => Promise<Response>, lane: string) {
    const acked: string[] = [];
    for (let batch = 0; batch < 10_000; batch++) {
      const ids = Array.from({ length: 20 }, (_, i) => `${lane}-${batch}-${i}`);
      try {
        const answer = await post({ events: ids.map((id) => trackEvent(id)) });
        const ack = (await answer.json()) as { accepted: number; duplicates: number };
        if (ack.accepted + ack.duplicates === ids.length) acked.push(...ids);
      } catch {
        // The connection went with the process: this batch has no verdict.
        return acked;
      }
    }
    throw new Error('the collector was not killed');
  }

  it('has everything that it acked in its segments after a restart', {
    timeout: 60_000,
  }, async () => {
    const folder = await dataFolder();
    const acked: string[] = [];
    for (const killAfterMs of [40, 90, 170, 260]) {
      const { child, post } = await runCollector(collectorArgs(folder));
      const lanes = Array.from({ length: 8 }, (_, i) => sendUntilGone(post, `${killAfterMs}-${i}`));
      setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      acked.push(...(await Promise.all(lanes)).flat());
    }
    const restarted = await runCollector(collectorArgs(folder));
    const stored = storedEventIds(folder);
    expect(acked.length).toBeGreaterThan(100);
    const known = new Set(stored);
    expect(acked.filter((eventId) => !known.has(eventId))).toEqual([]);
    expect((await restarted.post(batchOf('after'))).status).toBe(200);
  });
});
