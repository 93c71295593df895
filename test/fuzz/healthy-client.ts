import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeKeys } from './collector-under-test.js';
import type { HealthyReport } from './healthy-tenant.js';

const answerTimeoutMs = 30_000;

/** The healthy tenant's process; it ends with us. */
export class HealthyClient {
  readonly #child: ChildProcess;

  /** `program`: the bundled `healthy-process.ts`. It sends from now on. */
  constructor(program: string, port: number) {
    this.#child = fork(program, [String(port), writeKeys.healthy], { execArgv: [] });
  }

  /** What became of its batches since the last call; with `stop` it sends no more. */
  async report(question: 'read' | 'stop'): Promise<HealthyReport> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(answerTimeoutMs) });
    this.#child.send(question);
    const [report] = (await answer) as [HealthyReport];
    return report;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
