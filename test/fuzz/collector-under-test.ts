import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { poll } from '../../scripts/servers/poll.js';
import type { LoopDelayReport } from './loop-delay-report.js';

/** The write keys of the collector under test, by source. */
export const writeKeys = {
  /** Sends what is hostile, but in whole requests: each gets an answer. */
  hostile: 'hostile-key',
  /** Sends what is no request: nobody knows what becomes of it but by the store. */
  framing: 'framing-key',
  /** Must not notice any of it. */
  healthy: 'healthy-key',
  /** Has sent as much before as a collector remembers. */
  usual: 'usual-key',
  /** Takes pages of one origin alone. */
  paged: 'paged-key',
  /** Has a rate limit. */
  slow: 'slow-key',
} as const;
export type Source = keyof typeof writeKeys;

export const pageOrigin = 'https://shop.example';

const startTimeoutMs = 20_000;
const answerTimeoutMs = 10_000;
const stopTimeoutMs = 20_000;
/** Of what it logs, the end is kept. */
const maxOutputLength = 200_000;

const options = [
  ...['--port', '0', '--admin-port', '0', '--allow-origin', `paged=${pageOrigin}`],
  ...['--rate-limit', 'slow=1', '--log-level', 'info'],
  ...Object.entries(writeKeys).flatMap(([source, key]) => ['--write-key', `${source}=${key}`]),
];

/** The collector as a process of its own; it ends with us. */
export class CollectorUnderTest {
  readonly port: number;
  readonly #adminPort: number;
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(child: ChildProcess, ports: RegExpExecArray, output: () => string) {
    this.#child = child;
    this.port = Number(ports[1]);
    this.#adminPort = Number(ports[2]);
    this.#output = output;
  }

  /** `args`: its sinks and their options. */
  static async start(program: string, args: readonly string[]): Promise<CollectorUnderTest> {
    const child = spawn(process.execPath, [program, ...options, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let text = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text = (text + chunk).slice(-maxOutputLength);
      });
    }
    const listening = /"port":(\d+),"adminPort":(\d+)/;
    try {
      const look = () => hasEnded(child) || (listening.exec(text) ?? false);
      await poll('the collector', look, startTimeoutMs);
    } catch {
      child.kill('SIGKILL');
    }
    const started = listening.exec(text);
    if (started === null) throw new Error(`the collector did not start: ${text}`);
    return new CollectorUnderTest(child, started, () => text);
  }

  get isRunning(): boolean {
    return !hasEnded(this.#child);
  }

  /** The last that it logged. */
  get output(): string {
    return this.#output();
  }

  /** How late its event loop was since the start or the last reset. */
  async loopDelay(question: 'read' | 'reset' = 'read'): Promise<LoopDelayReport> {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const answer = once(this.#child, 'message', { signal });
    this.#child.send(question);
    const [report] = (await answer) as [LoopDelayReport];
    return report;
  }

  /** Values of /metrics by name, those of several labels added up. */
  async metrics(): Promise<Map<string, number>> {
    const url = `http://127.0.0.1:${this.#adminPort}/metrics`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs) });
    const values = new Map<string, number>();
    for (const line of (await answer.text()).split('\n')) {
      const [, name, value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
      if (name !== undefined) values.set(name, (values.get(name) ?? 0) + Number(value));
    }
    return values;
  }

  /** The most memory that it ever held, as the kernel counted it; undefined where it does not. */
  async peakBytes(): Promise<number | undefined> {
    try {
      const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
      const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
    } catch {
      // No Linux, or the process has just ended: whoever asks looks at `isRunning` too.
      return undefined;
    }
  }

  /** How long its main thread ran and waited for a processor, ms; undefined where nobody counts. */
  async processorTimes(): Promise<{ ranMs: number; waitedMs: number } | undefined> {
    const { pid } = this.#child;
    try {
      const counts = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8');
      const [ranNs = 0, waitedNs = 0] = counts.split(' ').map(Number);
      return { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 };
    } catch {
      // As above.
      return undefined;
    }
  }

  /** SIGTERM; resolves with its exit status, or the signal that ended it. */
  async stop(): Promise<number | NodeJS.Signals | null> {
    const child = this.#child;
    child.kill('SIGTERM');
    await poll('the end of the collector', () => hasEnded(child), stopTimeoutMs).finally(() => {
      child.kill('SIGKILL');
    });
    return child.exitCode ?? child.signalCode;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
