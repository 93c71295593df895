// Starts holdfast, runs app.mjs against it and prints what was counted. One command:
// node examples/node-quickstart/run.mjs
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startHoldfast } from '../support/holdfast-process.mjs';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-quickstart-'));
let holdfast;
try {
  holdfast = await startHoldfast({ port: await freePort(), dataDir: join(folder, 'data') });
  process.env.HOLDFAST_ENDPOINT = holdfast.url;
  process.env.XDG_STATE_HOME = join(folder, 'state');
  await import('./app.mjs');
  const top = await fetch(`${holdfast.url}/v1/metrics/top?by=event`);
  console.log(JSON.stringify(await top.json()));
} finally {
  await holdfast?.stop();
  await rm(folder, { recursive: true, force: true });
}
