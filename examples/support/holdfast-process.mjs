// Starts and stops the all-in-one `holdfast` for the examples, as its own process.
import './set-up.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../packages/holdfast/dist/holdfast.js', import.meta.url));
const readyMs = 20_000;

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts holdfast on `port` with its data in `dataDir`; resolves when it is ready. */
export async function startHoldfast({ port, dataDir }) {
  const child = spawn(process.execPath, [bin], {
    env: { ...process.env, PORT: String(port), HOLDFAST_DATA: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + readyMs; Date.now() < deadline; await sleep(100)) {
    if (hasEnded(child)) throw new Error(await endText(child, () => output));
    if (await isReady(url)) {
      process.stderr.write(output);
      child.stderr.removeAllListeners('data').pipe(process.stderr);
      return { url, stop: () => stop(child) };
    }
  }
  await stop(child);
  throw new Error(`holdfast did not become ready on ${url} within ${readyMs} ms\n${output}`);
}

function hasEnded({ exitCode, signalCode }) {
  return exitCode !== null || signalCode !== null;
}

async function endText(child, output) {
  if (!child.stderr.closed) await once(child.stderr, 'close');
  const { exitCode, signalCode } = child;
  const how = signalCode === null ? `exited with status ${exitCode}` : `was ended by ${signalCode}`;
  return `holdfast ${how} before it was ready:\n${output()}`;
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

async function stop(child) {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
