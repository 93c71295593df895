import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCollector, MemorySink } from '@holdfast/collector';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { bundle } from '../support/worker-process.js';

const run = promisify(execFile);
const sources = [{ source: 'test', writeKeys: ['key-1'], origins: [], allowsCritical: true }];

describe.skipIf(!needs('openssl'))('a proxy that ends TLS before the collector', () => {
  let folder: string;
  let app: string;
  let proxy: Server;
  const sink = new MemorySink();
  const collector = createCollector(
    { sources, port: 0, adminPort: 0, clientIp: 'full', trustedProxies: ['127.0.0.1'] },
    { sinks: [sink] },
  );
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
    app = bundle('paying-app.ts', folder);
    proxy = tlsProxy(folder, (await collector.start()).port);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the app's flush() reported. */
  async function flush(environment: NodeJS.ProcessEnv): Promise<unknown> {
    const { port } = proxy.address() as AddressInfo;
    const endpoint = `https://127.0.0.1:${port}`;
    const options = { writeKey: 'key-1', endpoint, queueDir: join(folder, 'queue') };
    const env = { ...process.env, ...environment };
    const { stdout } = await run(process.execPath, [app, JSON.stringify(options)], { env });
    return JSON.parse(stdout.split('\n')[1]!);
  }

  it('is sent nothing while nobody vouches for its certificate, then all of it', async () => {
    expect(await flush({})).toMatchObject({ delivered: 0, pending: 1 });
    expect(sink.events).toEqual([]);
    const trust = { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') };
    expect(await flush(trust)).toMatchObject({ delivered: 1, pending: 0 });
    expect(sink.events.at(-1)?.headers.hf_ip).toBe('198.51.100.77');
  });
});

/** A certificate of its own, and whatever comes passed on to the collector's port. */
function tlsProxy(folder: string, port: number): Server {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-nodes', '-days', '3650', '-subj', '/CN=127.0.0.1'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  return createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (from, back) => {
    const headers = { ...from.headers, 'x-forwarded-for': '198.51.100.77' };
    const { method, url: path } = from;
    const to = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      back.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(back);
    });
    to.on('error', () => back.destroy());
    from.pipe(to);
  });
}
