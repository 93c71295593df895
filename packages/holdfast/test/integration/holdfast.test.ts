import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ledger, Rejections } from '@holdfast/storage/query/answers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { curlLine } from '../../src/page/curl-line.js';
import { HoldfastProcess } from '../support/holdfast-process.js';

let dataFolder: string;
const processes: HoldfastProcess[] = [];

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'holdfast-'));
});

afterEach(async () => {
  await Promise.all(processes.splice(0).map((started) => started.end('SIGKILL')));
  rmSync(dataFolder, { recursive: true, force: true });
});

async function start(
  options: { port?: number; args?: string[]; environment?: Record<string, string> } = {},
): Promise<HoldfastProcess> {
  const started = await HoldfastProcess.start({ dataFolder, ...options });
  processes.push(started);
  return started;
}

const event = (n: number) => ({
  type: 'track',
  eventId: `e-${n}`,
  timestamp: '2026-11-23T10:00:00Z',
  anonymousId: 'a',
  event: 'Tick',
  queue: { id: 'q', seq: n },
});

function post(url: string, events: readonly unknown[]): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer dev', 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
}

async function ledgerOf(url: string): Promise<Ledger> {
  return (await (await fetch(`${url}/v1/ledger`)).json()) as Ledger;
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}

describe('holdfast', () => {
  it('shows what it acked after a kill and a restart, each event once', async () => {
    const first = await start();
    expect((await post(first.url, [event(1), event(2)])).status).toBe(200);
    expect((await post(first.url, [event(3), { ...event(4), timestamp: 'never' }])).status).toBe(
      200,
    );
    const before = await ledgerOf(first.url);
    expect(before.totals).toEqual({
      ...{ tracked: 4, counted: 3, copied: 0, rejected: 1, dropped: 0, missing: 0 },
    });
    await first.end('SIGKILL');
    const second = await start();
    expect((await post(second.url, [event(2), event(3)])).status).toBe(200);
    const after = await ledgerOf(second.url);
    expect(after.totals).toEqual(before.totals);
    expect(after.storedCopies).toBe(2);
    const rejections = (await (await fetch(`${second.url}/v1/rejections`)).json()) as Rejections;
    expect(rejections.rejections).toMatchObject([{ code: 'invalid_timestamp', eventId: 'e-4' }]);
  });

  it('explains the number of an event that an app tracked again under its own eventId', async () => {
    const { url } = await start();
    const again = { ...event(1), queue: { id: 'q', seq: 2 } };
    for (const events of [[event(1)], [again], [again, event(1)]]) await post(url, events);
    const { totals, storedCopies } = await ledgerOf(url);
    expect(totals).toMatchObject({ tracked: 2, counted: 1, copied: 1, missing: 0 });
    // A retry under the same number is known and not stored again.
    expect(storedCopies).toBe(1);
  });

  it('counts each event once, killed again and again while it archives', async () => {
    const rounds = 8;
    for (let round = 0; round < rounds; round++) {
      const { url } = await start();
      const first = 100 * round;
      const events = Array.from({ length: 100 }, (_, n) => event(first + n + 1));
      // The copies are of events that are archived, or being archived, since the last kill.
      const copies = Array.from({ length: Math.min(first, 50) }, (_, n) => event(first - n));
      expect((await post(url, [...events, ...copies])).status).toBe(200);
      // With each round the kill comes at a later moment of the archiver's work.
      for (let asked = 0; asked < round; asked++) await ledgerOf(url);
      await processes.pop()!.end('SIGKILL');
    }
    const { url } = await start();
    const archived = join(dataFolder, 'archive', 'manifest.json');
    await expect.poll(() => existsSync(archived), { timeout: 10_000 }).toBe(true);
    const { totals, queues } = await ledgerOf(url);
    expect(totals).toMatchObject({ tracked: 100 * rounds, counted: 100 * rounds, missing: 0 });
    expect(queues[0]!.gaps).toEqual([]);
  });

  it('keeps dead letters within their bound, and the ledger right, killed again and again', async () => {
    const maxBytes = 9_000_000;
    const args = ['--max-dead-letter-bytes', String(maxBytes), '--log-level', 'warn'];
    const rounds = 5;
    const perRound = 300;
    const refused = (n: number) => ({ ...event(n), timestamp: 'never', text: 'x'.repeat(30_000) });
    for (let round = 0; round < rounds; round++) {
      const { url } = await start({ args });
      for (let sent = 0; sent < perRound; sent += 15) {
        const first = round * perRound + sent;
        const events = Array.from({ length: 15 }, (_, n) => refused(first + n + 1));
        expect((await post(url, events)).status).toBe(200);
      }
      // With each round the kill comes at a later moment of the archiver's work.
      for (let asked = 0; asked < round; asked++) await ledgerOf(url);
      await processes.pop()!.end('SIGKILL');
    }
    const { url } = await start({ args });
    const folder = join(dataFolder, 'dead-letters', 'segments');
    await expect.poll(() => bytesBelow(folder), { timeout: 20_000 }).toBeLessThan(maxBytes);
    expect(bytesBelow(join(dataFolder, 'dead-letters', 'archive'))).toBeLessThan(200_000);
    const rejected = rounds * perRound;
    const { totals, queues } = await ledgerOf(url);
    expect(totals).toMatchObject({ tracked: rejected, rejected, missing: 0 });
    expect(queues[0]!.gaps).toEqual([]);
    const answer = (await (await fetch(`${url}/v1/rejections`)).json()) as Rejections;
    expect(answer.total).toBe(rejected);
    expect(answer.rejections.length).toBeGreaterThan(0);
  });

  it('drains and ends with 0 on SIGTERM, also when npm passes the signal on twice', async () => {
    const started = await start();
    started.signal('SIGINT');
    expect(await started.end('SIGINT')).toBe(0);
    const again = await start();
    expect(await again.end('SIGTERM')).toBe(0);
    expect(again.output).toContain('Holdfast has stopped');
  });

  it('says which port is taken, and how to choose another', async () => {
    const first = await start();
    const otherFolder = mkdtempSync(join(tmpdir(), 'holdfast-'));
    const second = await HoldfastProcess.start({ dataFolder: otherFolder, port: first.port });
    expect(await second.exited).toBe(1);
    rmSync(otherFolder, { recursive: true, force: true });
    expect(second.output).toContain(`Port ${first.port} of 127.0.0.1 is taken`);
    expect(second.output).toContain('PORT=');
  });

  it('says which option to change where its data folder is a file', async () => {
    const file = join(dataFolder, 'file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'below')]) {
      const started = await HoldfastProcess.start({ dataFolder: folder });
      expect(await started.exited).toBe(1);
      expect(started.output).toContain(`Cannot use the data folder ${folder}: E`);
      expect(started.output).toContain('by --data or HOLDFAST_DATA');
    }
  });

  it('leaves a data folder alone that another process uses', async () => {
    await start();
    const second = await start();
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(`${dataFolder} is in use by process`);
  });

  it('explains itself and refuses what it cannot do', async () => {
    const help = await start({ args: ['--help'] });
    expect(await help.exited).toBe(0);
    expect(help.output).toMatch(/PORT[\s\S]*HOLDFAST_DATA[\s\S]*--write-key/);
    expect(help.output).toMatch(/--admin-port PORT .*\(0\)\n/);
    const version = await start({ args: ['--version'] });
    expect(await version.exited).toBe(0);
    expect(version.output).toMatch(/^holdfast \d+\.\d+\.\d+\n$/);
    const wrong = await start({ args: ['--host', '0.0.0.0', '--nonsense', '1'] });
    expect(await wrong.exited).toBe(78);
    expect(wrong.output).toContain('the key dev is for 127.0.0.1 alone');
    expect(wrong.output).toContain('nonsense');
    const port = await start({ environment: { PORT: 'eighty' } });
    expect(await port.exited).toBe(78);
    expect(port.output).toContain('PORT: must be a whole number from 0 to 65535, not "eighty"');
    expect(port.output).not.toContain('HOLDFAST_PORT');
    const kafka = await start({ args: ['--sink', 'kafka', '--kafka-brokers', '127.0.0.1:1'] });
    expect(await kafka.exited).toBe(78);
    expect(kafka.output).toContain('for kafka run holdfast-collector');
    const socket = await start({ args: ['--listen', 'unix:/nowhere/holdfast.sock'] });
    expect(await socket.exited).toBe(78);
    expect(socket.output).toContain('for a socket run holdfast-collector');
  });

  it('answers no query when it listens beyond loopback', async () => {
    const started = await start({
      args: ['--host', '0.0.0.0', '--write-key', 'shop=a-long-public-key'],
    });
    const { port } = new URL(started.url);
    const answer = await fetch(`http://127.0.0.1:${port}/v1/ledger`);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'loopback_only' });
    const dev = `http://127.0.0.1:${port}/dev/sink-down`;
    expect((await fetch(dev, { method: 'POST' })).status).toBe(404);
  });

  it('takes its sink down for a while, with 503 and a Retry-After that waits it out', async () => {
    const { url } = await start();
    const takeDown = (key: string, seconds: string) =>
      fetch(`${url}/dev/sink-down?seconds=${seconds}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
      });
    expect((await takeDown('other', '20')).status).toBe(401);
    expect((await takeDown('dev', '9999')).status).toBe(400);
    expect((await takeDown('dev', '20')).status).toBe(204);
    const refused = await post(url, [event(1)]);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(19);
    expect((await takeDown('dev', '1')).status).toBe(204);
    await expect
      .poll(async () => (await post(url, [event(1)])).status, { timeout: 5_000 })
      .toBe(200);
    expect((await ledgerOf(url)).totals.counted).toBe(1);
  });

  it.skipIf(!needs('curl'))('takes the curl line of the page, run by sh', async () => {
    const { url } = await start();
    for (let run = 0; run < 2; run++) {
      const { stdout } = await promisify(execFile)('sh', ['-c', curlLine(url)]);
      expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, rejected: [] });
    }
    expect((await ledgerOf(url)).withoutQueue.counted).toBe(2);
  });
});
