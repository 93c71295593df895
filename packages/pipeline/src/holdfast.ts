#!/usr/bin/env node
/** The all-in-one binary, behind `npm start`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  FolderInUseError,
  JsonLogger,
  type Logger,
  type Options,
  type ParsedConfig,
  parseConfig,
  systemClock,
  systemRandom,
} from '@holdfast/collector';
import { HoldfastServer } from './holdfast/holdfast-server.js';

const exitStatus = { drained: 0, failed: 1, misconfigured: 78 } as const;

/** npm passes on the signal that the terminal has sent to the whole group already: only a second
 *  one that comes later is a person's. */
const secondSignalAfterMs = 500;

/** A page on the same machine waits seconds for its sink, not the minute of a thousand clients. */
const retryAfter = { minMs: 1_000, maxMs: 5_000 };

await main();

async function main(): Promise<void> {
  const parsed = withFileSinkAlone(readConfig());
  if (parsed.kind === 'help') process.stdout.write(helpText(parsed.text));
  else if (parsed.kind === 'invalid') {
    process.stderr.write(`wrong configuration:\n  ${parsed.faults.join('\n  ')}\n`);
    process.exitCode = exitStatus.misconfigured;
  } else if (parsed.kind === 'check') process.stdout.write('the configuration is sound\n');
  else await run(parsed.options);
}

function readConfig(): ParsedConfig {
  const { PORT, ...environment } = process.env;
  return parseConfig({
    args: process.argv.slice(2),
    environment: PORT === undefined ? environment : { HOLDFAST_PORT: PORT, ...environment },
    readFile: (path) => readFileSync(path, 'utf8'),
    command: 'holdfast',
    defaults: { data: './data', adminPort: 0, logLevel: 'warn', writeKey: ['dev=dev'] },
  });
}

/** Queries run on the files: another sink would have events that no query shows. */
function withFileSinkAlone(parsed: ParsedConfig): ParsedConfig {
  if (parsed.kind !== 'run' && parsed.kind !== 'check') return parsed;
  const other = parsed.options.sinks.find((sink) => sink !== 'file');
  if (other === undefined) return parsed;
  const fault = `--sink: holdfast keeps events in files; for ${other} run holdfast-collector`;
  return { kind: 'invalid', faults: [fault] };
}

async function run(options: Options): Promise<void> {
  const logger = new JsonLogger(options.logLevel, systemClock, (line) => {
    process.stderr.write(line);
  });
  const dataFolder = resolve(options.dataFolder ?? './data');
  const server = new HoldfastServer({
    collector: { ...options.collector, retryAfter },
    dataFolder,
    pageFolder: fileURLToPath(new URL('./page', import.meta.url)),
    clock: systemClock,
    random: systemRandom,
    logger,
  });
  stopOnSignals(server, logger);
  try {
    const port = await server.start();
    process.stdout.write(startText(options, port, dataFolder));
  } catch (error) {
    process.stderr.write(`${failureText(error, options)}\n`);
    process.exit(exitStatus.failed);
  }
}

function stopOnSignals(server: HoldfastServer, logger: Logger): void {
  let stoppingSinceMs: number | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    const nowMs = systemClock.monotonicMs();
    if (stoppingSinceMs !== undefined) {
      if (nowMs - stoppingSinceMs >= secondSignalAfterMs) process.exit(exitStatus.failed);
      return;
    }
    stoppingSinceMs = nowMs;
    logger.log('info', 'stopping', { signal });
    await server.stop();
    process.exit(exitStatus.drained);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function startText({ collector }: Options, port: number, dataFolder: string): string {
  const keys = collector.sources.flatMap(({ writeKeys }) => writeKeys);
  return [
    '',
    `  Holdfast is running at http://${collector.host ?? '127.0.0.1'}:${port}/`,
    '',
    `    write key  ${keys.join(', ')}`,
    `    data       ${dataFolder}`,
    '    stop       Ctrl-C (again: at once)',
    '',
    '',
  ].join('\n');
}

function failureText(error: unknown, { collector }: Options): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof FolderInUseError) return message;
  if (code === 'EADDRINUSE') {
    return (
      `Port ${collector.port} of ${collector.host} is taken. ` +
      `Stop what listens there, or choose another port: PORT=${(collector.port ?? 0) + 1} npm start`
    );
  }
  if (code === 'EACCES') return `Not allowed: ${message}`;
  return `Holdfast cannot start: ${message}`;
}

function helpText(options: string): string {
  return [
    'holdfast: collector, storage, queries and a page in one process.',
    '',
    '  PORT           port to listen on (8080)',
    '  HOLDFAST_DATA  data folder (./data)',
    '',
    'The write key is dev, on 127.0.0.1 alone. More options, those of the collector:',
    '',
    options,
  ].join('\n');
}
