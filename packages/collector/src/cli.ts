import { readFileSync } from 'node:fs';
import { type Collector, createCollector } from './collector.js';
import { type Options, type ParsedConfig, parseConfig } from './config/parse-config.js';
import { JsonLogger } from './json-logger.js';
import type { Logger } from './ports.js';
import { createDeadLetters, createSinks } from './sinks/create-sinks.js';
import { systemClock } from './system-clock.js';
import { systemRandom } from './system-random.js';

const exitStatus = { drained: 0, failed: 1, misconfigured: 78 } as const;

await main();

async function main(): Promise<void> {
  const parsed = readConfig();
  if (parsed.kind === 'help') process.stdout.write(parsed.text);
  else if (parsed.kind === 'invalid') {
    process.stderr.write(`wrong configuration:\n  ${parsed.faults.join('\n  ')}\n`);
    process.exitCode = exitStatus.misconfigured;
  } else if (parsed.kind === 'check') process.stdout.write('the configuration is sound\n');
  else await run(parsed.options);
}

function readConfig(): ParsedConfig {
  return parseConfig({
    args: process.argv.slice(2),
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
}

async function run(options: Options): Promise<void> {
  const logger = new JsonLogger(options.logLevel, systemClock, (line) => {
    process.stderr.write(line);
  });
  const parts = { clock: systemClock, random: systemRandom, logger };
  const deadLetters = createDeadLetters(options, parts);
  const collector = createCollector(options.collector, {
    ...parts,
    sinks: createSinks(options, parts),
    ...(deadLetters === undefined ? {} : { deadLetters }),
  });
  handleSignals(collector, logger);
  try {
    await collector.start();
  } catch (error) {
    logger.log('error', 'not started', { error: String(error) });
    process.exit(exitStatus.failed);
  }
}

function handleSignals(collector: Collector, logger: Logger): void {
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(exitStatus.failed);
    isStopping = true;
    logger.log('info', 'stopping', { signal });
    await collector.stop();
    process.exit(exitStatus.drained);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    const parsed = readConfig();
    if (parsed.kind === 'run') void collector.replaceSources(parsed.options.collector.sources);
    else if (parsed.kind === 'invalid') {
      // The keys in force are better than none.
      logger.log('error', 'configuration not taken over', { faults: parsed.faults.join('; ') });
    }
  });
}
