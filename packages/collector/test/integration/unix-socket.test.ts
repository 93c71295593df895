import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { runChild } from '../support/child-process.js';
import { postHead } from '../support/raw-connection.js';
import { collectorArgs } from '../support/run-collector.js';
import { startCollector } from '../support/start-collector.js';
import { batchOf } from '../support/track-event.js';

/** The status of a batch that is posted through the socket. */
async function post(socketPath: string, body: object): Promise<number | undefined> {
  const headers = { authorization: 'Bearer shop-key', 'content-type': 'application/json' };
  const sent = request({ socketPath, path: '/v1/events', method: 'POST', headers });
  sent.end(JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [{ statusCode?: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
}

describe('a collector on a Unix socket', () => {
  it('takes batches from whoever has the right to use the file, which it removes', async () => {
    const socketPath = join(await dataFolder(), 'collector.sock');
    const before = process.umask(0);
    const { collector, port, sink } = await startCollector({ socketPath });
    expect(process.umask(before)).toBe(0);
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);
    expect(port).toBe(0);
    expect(await post(socketPath, batchOf('a'))).toBe(200);
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['a']);
    await collector.stop();
    expect(existsSync(socketPath)).toBe(false);
  });

  it('judges hostile bytes there as on a port', async () => {
    const socketPath = join(await dataFolder(), 'collector.sock');
    await startCollector({ socketPath });
    const socket = connect(socketPath);
    socket.write(postHead(5, ['Transfer-Encoding: chunked']));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('takes over the socket of one that was killed, but of none that lives', async () => {
    const folder = await dataFolder();
    const socketPath = join(folder, 'collector.sock');
    const args = collectorArgs(join(folder, 'data'), '--listen', `unix:${socketPath}`);
    const first = runChild('src/cli.ts', args);
    await first.waitFor(/"message":"listening"/);
    expect(await post(socketPath, batchOf('a'))).toBe(200);
    await expect(startCollector({ socketPath })).rejects.toThrow('is in use');
    expect(await post(socketPath, batchOf('b'))).toBe(200);
    first.child.kill('SIGKILL');
    await first.gone();
    expect(existsSync(socketPath)).toBe(true);
    const { sink } = await startCollector({ socketPath });
    expect(await post(socketPath, batchOf('c'))).toBe(200);
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['c']);
  });

  it('deletes no file that is no socket', async () => {
    const socketPath = join(await dataFolder(), 'notes.txt');
    writeFileSync(socketPath, 'mine');
    await expect(startCollector({ socketPath })).rejects.toThrow('is no socket');
    expect(readFileSync(socketPath, 'utf8')).toBe('mine');
  });
});
