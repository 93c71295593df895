import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../../scripts/servers/free-ports.js';
import { KafkaAdmin } from '../../scripts/servers/kafka-admin.js';
import { startKafka } from '../../scripts/servers/kafka-cluster.js';
import { mavenLibraries } from '../../scripts/servers/maven-libraries.js';
import { poll } from '../../scripts/servers/poll.js';
import { needsOwnKafka } from '../support/needs-own-kafka.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe.skipIf(!needsOwnKafka())('startKafka', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    vi.unstubAllEnvs();
    child?.kill('SIGKILL');
  });

  /** A TypeScript program of its own, in the repository's folder. */
  function run(args: readonly string[]): ChildProcess {
    child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return child;
  }

  it('leaves no broker and no folder behind when its process is killed', async () => {
    const starting = run([
      '--input-type=module',
      '-e',
      `const { startKafka } = await import('./scripts/servers/kafka-cluster.ts');
       const { brokers, folder } = await startKafka();
       console.log(JSON.stringify({ pids: brokers.map(({ pid }) => pid), folder }));
       setInterval(() => undefined, 1_000);`,
    ]);
    const { pids, folder } = JSON.parse(await firstLine(starting, '{')) as {
      pids: number[];
      folder: string;
    };
    expect(pids.every(isAlive)).toBe(true);
    starting.kill('SIGKILL');
    await poll('the broker to end', () => !pids.some(isAlive), 10_000);
    await poll('its folder to go', () => !existsSync(folder), 10_000);
  });

  it('uses the cluster that KAFKA_BROKERS names, and refuses to harm it', async () => {
    vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:9,127.0.0.1:10');
    const cluster = await startKafka();
    expect(cluster.bootstrap).toBe('127.0.0.1:9,127.0.0.1:10');
    expect(() => cluster.brokers).toThrow('KAFKA_BROKERS is set');
  });

  it('resolves libraries once, also when two ask at a time', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'holdfast-cache-'));
    vi.stubEnv('HOLDFAST_CACHE', cache);
    try {
      const artifacts = ['org.slf4j:slf4j-api:1.7.36'];
      const set = { name: 'small', version: '1', artifacts };
      const [one, two] = await Promise.all([mavenLibraries(set), mavenLibraries(set)]);
      expect(one).toBe(two);
      expect(await readdir(one)).toContain('slf4j-api-1.7.36.jar');
      expect(await readdir(join(cache, 'small'))).toEqual(['1']);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it('runs as a command with both topics until Ctrl-C', async () => {
    const [port] = await freePorts(1);
    const command = run(['scripts/kafka.ts', '--port', String(port), '--partitions', '2']);
    expect(await firstLine(command, 'Apache Kafka is ready')).toContain(`127.0.0.1:${port}`);
    const topics = await new KafkaAdmin(`127.0.0.1:${port}`, '').topics();
    expect(topics).toEqual(expect.arrayContaining(['events', 'events.dead']));
    command.kill('SIGINT');
    expect(await once(command, 'exit')).toEqual([0, null]);
  });
});

/** The first line of its output that begins so. */
async function firstLine(child: ChildProcess, beginning: string): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith(beginning)) return line;
  }
  throw new Error(`the process ended without a line that begins with ${beginning}`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: there is no such process any more.
    return false;
  }
}
