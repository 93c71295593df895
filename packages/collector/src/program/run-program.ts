/** What a program does from its arguments to its exit status. */
import { readFileSync } from 'node:fs';
import {
  type ConfigInput,
  type Options,
  type ParsedConfig,
  parseConfig,
} from '../config/parse-config.js';
import { JsonLogger } from '../json-logger.js';
import type { Logger } from '../ports.js';
import type { SourceRecord } from '../source-records.js';
import { systemClock } from '../system-clock.js';
import { startFailureText } from './start-failure.js';

/** What a program runs until a signal. */
export interface Service {
  /** Resolves once it serves, with what a person shall read then. */
  start(): Promise<string>;
  /** Answers what is under way, then closes. Never rejects. */
  stop(): Promise<void>;
  replaceSources(sources: readonly SourceRecord[]): Promise<void>;
}

export interface Program extends Pick<ConfigInput, 'defaults' | 'variables' | 'judge'> {
  readonly command: string;
  /** The package.json that says its version. */
  readonly packageFile: URL;
  /** What --help says before the options. */
  readonly about?: string;
  /** Printed once a signal has stopped it. */
  readonly stopped?: string;
  /** A second signal that comes sooner is taken for the first one passed on. Default 0. */
  readonly secondSignalAfterMs?: number;
  /** The service, not started. */
  readonly create: (options: Options, logger: Logger) => Service;
}

const exitStatus = { drained: 0, failed: 1, misconfigured: 78 } as const;

/** Runs the program with the arguments and the environment of this process. */
export async function runProgram(program: Program): Promise<void> {
  const parsed = readConfig(program);
  if (parsed.kind === 'help') process.stdout.write(`${program.about ?? ''}${parsed.text}`);
  else if (parsed.kind === 'version') process.stdout.write(`${versionText(program)}\n`);
  else if (parsed.kind === 'invalid') {
    process.stderr.write(`wrong configuration:\n  ${parsed.faults.join('\n  ')}\n`);
    process.exitCode = exitStatus.misconfigured;
  } else if (parsed.kind === 'check') process.stdout.write('the configuration is sound\n');
  else await run(program, parsed.options);
}

function versionText({ command, packageFile }: Program): string {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  return `${command} ${version}`;
}

function readConfig({ command, defaults, variables, judge }: Program): ParsedConfig {
  return parseConfig({
    args: process.argv.slice(2),
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    command,
    ...(defaults === undefined ? {} : { defaults }),
    ...(variables === undefined ? {} : { variables }),
    ...(judge === undefined ? {} : { judge }),
  });
}

async function run(program: Program, options: Options): Promise<void> {
  const logger = new JsonLogger(options.logLevel, systemClock, (line) => {
    process.stderr.write(line);
  });
  const service = program.create(options, logger);
  stopOnSignals(program, service, logger);
  process.on('SIGHUP', () => reread(program, service, logger));
  try {
    process.stdout.write(await service.start());
  } catch (error) {
    const why = startFailureText(error, options, program.variables);
    process.stderr.write(`${program.command} cannot start: ${why}\n`);
    process.exit(exitStatus.failed);
  }
}

function stopOnSignals(program: Program, service: Service, logger: Logger): void {
  let stoppingSinceMs: number | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    const nowMs = systemClock.monotonicMs();
    if (stoppingSinceMs !== undefined) {
      const sinceMs = nowMs - stoppingSinceMs;
      if (sinceMs >= (program.secondSignalAfterMs ?? 0)) process.exit(exitStatus.failed);
      return;
    }
    stoppingSinceMs = nowMs;
    logger.log('info', 'stopping', { signal });
    await service.stop();
    process.stdout.write(program.stopped ?? '');
    process.exit(exitStatus.drained);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function reread(program: Program, service: Service, logger: Logger): void {
  const parsed = readConfig(program);
  if (parsed.kind === 'run') void service.replaceSources(parsed.options.collector.sources);
  else if (parsed.kind === 'invalid') {
    // The keys in force are better than none.
    logger.log('error', 'configuration not taken over', { faults: parsed.faults.join('; ') });
  }
}
