// Starts holdfast and, on another origin, a page that uses it. One command:
// node examples/browser-quickstart/run.mjs — then open the address it prints. Ctrl-C ends it.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startHoldfast } from '../support/holdfast-process.mjs';

const files = {
  '/': [new URL('index.html', import.meta.url), 'text/html; charset=utf-8'],
  '/holdfast.min.js': [
    new URL('../../packages/sdk-browser/dist/holdfast.min.js', import.meta.url),
    'text/javascript; charset=utf-8',
  ],
};

const folder = await mkdtemp(join(tmpdir(), 'holdfast-browser-'));
const removeFolder = () => rm(folder, { recursive: true, force: true });
const place = { port: await freePort(), dataDir: join(folder, 'data') };
const holdfast = await startHoldfast(place).catch(async (error) => {
  await removeFolder();
  throw error;
});
const server = createServer(async (request, response) => {
  const file = files[new URL(request.url, 'http://127.0.0.1').pathname];
  if (!file) return response.writeHead(404).end();
  const [url, type] = file;
  response.writeHead(200, { 'content-type': type }).end(await readFile(fileURLToPath(url)));
}).listen(Number(process.env.PORT ?? 0), '127.0.0.1');
await once(server, 'listening');
const page = `http://127.0.0.1:${server.address().port}/?endpoint=${encodeURIComponent(holdfast.url)}`;
console.log(`Open ${page}`);
console.log(`What arrives is shown at ${holdfast.url}/`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await holdfast.stop();
    await removeFolder();
    process.exit(0);
  });
}
