import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

export interface RunningChild {
  readonly child: ChildProcess;
  /** Everything that it wrote, both streams. */
  output(): string;
  /** Resolves with the first match in what it wrote; rejects if it ends or takes too long. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with status or signal when it is gone. */
  gone(): Promise<number | NodeJS.Signals | null>;
}

/** Runs a TypeScript file of this package as a process of its own; killed when the test ends. */
export function runChild(
  file: string,
  args: readonly string[],
  options: { readonly environment?: NodeJS.ProcessEnv; readonly before?: readonly string[] } = {},
): RunningChild {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const [command = '', ...rest] = [
    ...(options.before ?? []),
    process.execPath,
    '--import',
    'tsx',
    path,
    ...args,
  ];
  const child = spawn(command, rest, {
    cwd: root,
    env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json', ...options.environment },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const exit = once(child, 'exit');
  return {
    child,
    output: () => text,
    gone: async () => {
      const [status, signal] = (await exit) as [number | null, NodeJS.Signals | null];
      return status ?? signal;
    },
    waitFor: (pattern, timeoutMs = 20_000) => waitFor(child, () => text, pattern, timeoutMs),
  };
}

function waitFor(
  child: ChildProcess,
  output: () => string,
  pattern: RegExp,
  timeoutMs: number,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      child.stdout?.off('data', look);
      child.stderr?.off('data', look);
      child.off('exit', fail);
      settle();
    };
    const look = () => {
      const match = pattern.exec(output());
      if (match !== null) end(() => resolve(match));
    };
    const fail = () => end(() => reject(new Error(`no ${pattern} in: ${output()}`)));
    const timer = setTimeout(fail, timeoutMs);
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('exit', fail);
    look();
  });
}
