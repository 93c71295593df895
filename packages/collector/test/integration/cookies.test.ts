import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LogLines } from '../../../server-core/test/support/log-lines.js';
import { rawConnection } from '../support/raw-connection.js';
import { startCollector } from '../support/start-collector.js';
import { batchOf } from '../support/track-event.js';

const origin = 'https://shop.example';
const cookie = 'session=secret-cookie';

/** Every answer that there is but those of a loaded or stopping collector. */
async function everyAnswer(url: string, adminPort: number): Promise<Response[]> {
  const headers = { origin, cookie, authorization: 'Bearer shop-key' };
  const post = (body: string, more: Record<string, string> = {}) =>
    fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      body,
    });
  return [
    await post(JSON.stringify(batchOf('a'))),
    await post('{'),
    await post('{}', { authorization: 'Bearer nobody' }),
    await post('{}', { 'content-type': 'text/html' }),
    await post(' '.repeat(600_000)),
    await fetch(`${url}/v1/events`, { method: 'OPTIONS', headers }),
    await fetch(`${url}/v1/events`, { method: 'DELETE', headers }),
    await fetch(`${url}/nowhere`, { headers }),
    await fetch(`${url}/healthz`, { headers }),
    await fetch(`http://127.0.0.1:${adminPort}/metrics`, { headers }),
  ];
}

describe('cookies and credentials', () => {
  it('are neither asked of a page nor given to it, whatever the answer', async () => {
    const { url, port, adminPort } = await startCollector();
    const answers = await everyAnswer(url, adminPort);
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toEqual([200, 400, 401, 415, 413, 204, 405, 404, 200, 200]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(headers.get('set-cookie')).toBeNull();
      // With `*` a browser gives no answer to a page that sent its cookies along.
      expect(['*', null]).toContain(headers.get('access-control-allow-origin'));
    }
    const { closed } = await rawConnection(port, `no HTTP\r\nCookie: ${cookie}\r\n\r\n`);
    expect((await closed()).toLowerCase()).not.toMatch(/allow-credentials|set-cookie/);
  });

  it('are not read: no record and no line of the log knows of them', async () => {
    const logger = new LogLines();
    const { url, adminPort, sink } = await startCollector({}, { logger });
    await everyAnswer(url, adminPort);
    const records = sink.events.map(({ bytes, ...rest }) => [Buffer.from(bytes).toString(), rest]);
    expect(records).toHaveLength(1);
    expect(JSON.stringify([records, logger.lines])).not.toContain('secret-cookie');
  });

  it('have no name in the sources of the collector', () => {
    const source = fileURLToPath(new URL('../../src/', import.meta.url));
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
    const product = files.filter((file) => /(?<!\.test)\.ts$/.test(file));
    expect(product.length).toBeGreaterThan(50);
    const guilty = product.filter((file) =>
      /cookie/i.test(readFileSync(`${source}${file}`, 'utf8')),
    );
    expect(guilty).toEqual([]);
  });
});
