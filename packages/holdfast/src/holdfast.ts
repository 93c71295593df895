#!/usr/bin/env node
/** The all-in-one binary, behind `npm start`. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CollectorOptions, collectorConfig, sourceRecords } from '@holdfast/collector/options';
import { runProgram } from '@holdfast/server-core/program/run-program';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { HoldfastServer } from './holdfast-server.js';
import { holdfastLimits } from './limits.js';
import { holdfastDefaults, holdfastOptions, holdfastVariables } from './options.js';

const retryAfter = {
  minMs: holdfastLimits.retryAfterMinMs,
  maxMs: holdfastLimits.retryAfterMaxMs,
};

await runProgram({
  command: 'holdfast',
  about: [
    'Collector, storage, queries and a page in one process. The write key is dev, on 127.0.0.1',
    'alone. PORT and HOLDFAST_DATA say where it listens and keeps its files; all options:',
  ].join('\n'),
  packageFile: new URL('../package.json', import.meta.url),
  options: holdfastOptions,
  defaults: holdfastDefaults,
  variables: holdfastVariables,
  stopped: '\n  Holdfast has stopped: all that it acked is kept.\n\n',
  secondSignalAfterMs: holdfastLimits.secondSignalAfterMs,
  create: async (options, logger) => {
    const dataFolder = resolve(options.data ?? './data');
    const server = new HoldfastServer({
      collector: { ...collectorConfig(options), retryAfter },
      dataFolder,
      maxDeadLetterBytes: options.maxDeadLetterBytes,
      pageFolder: fileURLToPath(new URL('./page', import.meta.url)),
      clock: systemClock,
      random: systemRandom,
      logger,
    });
    return {
      start: () => server.start().then((port) => startText(options, port, dataFolder)),
      stop: () => server.stop(),
      reload: (changed) => server.replaceSources(sourceRecords(changed)),
    };
  },
});

function startText({ writeKey, host }: CollectorOptions, port: number, dataFolder: string): string {
  return [
    '',
    `  Holdfast is running at http://${host}:${port}/`,
    '',
    `    write key  ${writeKey.map(({ value }) => value).join(', ')}`,
    `    data       ${dataFolder}`,
    '    stop       Ctrl-C (again: at once)',
    '',
    '',
  ].join('\n');
}
