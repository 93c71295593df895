/** What a program does from its arguments to its exit status. */
import { readFileSync } from 'node:fs';
import { JsonLogger } from '../json-logger.js';
import type { ProgramText } from '../options/help-text.js';
import type { OptionSet, OptionShape, OptionValues } from '../options/option.js';
import { type ParsedOptions, parseOptions } from '../options/parse-options.js';
import type { Logger, LogLevel } from '../ports.js';
import { systemClock } from '../system-clock.js';
import { startFailureText } from './start-failure.js';

/** What a program runs until a signal. */
export interface Service<Values> {
  /** Resolves once it serves, with what a person shall read then. */
  start(): Promise<string>;
  /** Answers what is under way, then closes. Never rejects. */
  stop(): Promise<void>;
  /** Takes over what may change while it runs; never rejects. */
  reload?(options: Values): Promise<void>;
}

export interface Program<Shape extends OptionShape> extends ProgramText {
  readonly options: OptionSet<Shape>;
  /** The package.json that says its version. */
  readonly packageFile: URL;
  /** See `OptionsInput`. */
  readonly defaults?: { readonly [name: string]: unknown };
  readonly variables?: { readonly [variable: string]: string };
  /** Printed once a signal has stopped it. */
  readonly stopped?: string;
  /** A second signal that comes sooner is taken for the first one passed on. Default 0. */
  readonly secondSignalAfterMs?: number;
  /** The service, not started. */
  create(options: OptionValues<Shape>, logger: Logger): Promise<Service<OptionValues<Shape>>>;
}

const exitStatus = { drained: 0, failed: 1, misconfigured: 78 } as const;

/** Runs the program with the arguments and the environment of this process. */
export async function runProgram<Shape extends OptionShape>(
  program: Program<Shape>,
): Promise<void> {
  const parsed = read(program);
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(parsed.text);
      break;
    case 'version':
      process.stdout.write(`${versionText(program)}\n`);
      break;
    case 'invalid':
      process.stderr.write(`wrong configuration:\n  ${parsed.faults.join('\n  ')}\n`);
      process.exitCode = exitStatus.misconfigured;
      break;
    case 'check':
      process.stdout.write('the configuration is sound\n');
      break;
    case 'run':
      await run(program, parsed.options);
  }
}

function versionText({
  command,
  packageFile,
}: Pick<Program<OptionShape>, 'command' | 'packageFile'>): string {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  return `${command} ${version}`;
}

function read<Shape extends OptionShape>(
  program: Program<Shape>,
): ParsedOptions<OptionValues<Shape>> {
  const { command, about, defaults, variables } = program;
  return parseOptions(program.options, {
    args: process.argv.slice(2),
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    ...{ command, about, defaults, variables },
  });
}

async function run<Shape extends OptionShape>(
  program: Program<Shape>,
  options: OptionValues<Shape>,
): Promise<void> {
  const { logLevel = 'info' } = options as { readonly logLevel?: LogLevel };
  const logger = new JsonLogger(logLevel, systemClock, (line) => {
    process.stderr.write(line);
  });
  try {
    const service = await program.create(options, logger);
    stopOnSignals(program, service, logger);
    process.on('SIGHUP', () => reload(program, service, logger));
    process.stdout.write(await service.start());
  } catch (error) {
    const why = startFailureText(error, options, program.variables);
    process.stderr.write(`${program.command} cannot start: ${why}\n`);
    process.exit(exitStatus.failed);
  }
}

function stopOnSignals(
  {
    stopped = '',
    secondSignalAfterMs = 0,
  }: { readonly stopped?: string; readonly secondSignalAfterMs?: number },
  service: Pick<Service<never>, 'stop'>,
  logger: Logger,
): void {
  let stoppingSinceMs: number | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    const nowMs = systemClock.monotonicMs();
    if (stoppingSinceMs !== undefined) {
      if (nowMs - stoppingSinceMs >= secondSignalAfterMs) process.exit(exitStatus.failed);
      return;
    }
    stoppingSinceMs = nowMs;
    logger.log('info', 'stopping', { signal });
    await service.stop();
    process.stdout.write(stopped);
    process.exit(exitStatus.drained);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function reload<Shape extends OptionShape>(
  program: Program<Shape>,
  service: Service<OptionValues<Shape>>,
  logger: Logger,
): void {
  const parsed = read(program);
  if (parsed.kind === 'run') void service.reload?.(parsed.options);
  else if (parsed.kind === 'invalid') {
    // The options in force are better than none.
    logger.log('error', 'configuration not taken over', { faults: parsed.faults.join('; ') });
  }
}
