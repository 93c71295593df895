// Break it: the collector is down, the app tracks 1,000 orders and is killed with SIGKILL. Then
// both come back, and the ledger shows each order exactly once. One command:
// node examples/kill/run.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, startHoldfast } from '../support/holdfast-process.mjs';

const count = 1_000;
const deadlineMs = 60_000;
const app = fileURLToPath(new URL('app.mjs', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'holdfast-kill-'));
const port = await freePort();
const endpoint = `http://127.0.0.1:${port}`;
const children = [];

function startApp(events) {
  const child = spawn(process.execPath, [app, endpoint, join(folder, 'queue'), String(events)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function killed(child, signal) {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

let holdfast;
try {
  console.log(`No collector runs. The app tracks ${count} orders …`);
  const first = startApp(count);
  await once(first.stdout, 'data');
  console.log('… says they are stored, and is killed with SIGKILL.');
  await killed(first, 'SIGKILL');

  console.log('The collector starts, and so does the app.');
  holdfast = await startHoldfast({ port, dataDir: join(folder, 'data') });
  const second = startApp(0);
  let ledger;
  for (const end = Date.now() + deadlineMs; Date.now() < end; await sleep(200)) {
    const answer = await fetch(`${endpoint}/v1/ledger`);
    if (!answer.ok) throw new Error(`the ledger answers ${answer.status}: ${await answer.text()}`);
    ledger = await answer.json();
    if (ledger.totals.counted >= count) break;
  }
  await killed(second, 'SIGTERM');

  console.log(JSON.stringify(ledger.totals));
  const { tracked, counted } = ledger.totals;
  if (tracked !== count || counted !== count) throw new Error('the ledger does not add up');
  console.log(`tracked ${tracked} = counted ${counted} ✓`);
} finally {
  for (const child of children) child.kill('SIGKILL');
  await holdfast?.stop();
  await rm(folder, { recursive: true, force: true });
}
