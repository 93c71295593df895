#!/usr/bin/env node
/** The all-in-one binary, behind `npm start`. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Options, runProgram, systemClock, systemRandom } from '@holdfast/collector';
import { HoldfastServer } from './holdfast/holdfast-server.js';

/** A page on the same machine waits seconds for its sink, not the minute of a thousand clients. */
const retryAfter = { minMs: 1_000, maxMs: 5_000 };

await runProgram({
  command: 'holdfast',
  packageFile: new URL('../package.json', import.meta.url),
  about: [
    'holdfast: collector, storage, queries and a page in one process.',
    '',
    '  PORT           port to listen on (8080)',
    '  HOLDFAST_DATA  data folder (./data)',
    '',
    'The write key is dev, on 127.0.0.1 alone. More options, those of the collector:',
    '',
    '',
  ].join('\n'),
  defaults: { data: './data', adminPort: 0, logLevel: 'warn', writeKey: ['dev=dev'] },
  variables: { PORT: 'port' },
  stopped: '\n  Holdfast has stopped: all that it acked is kept.\n\n',
  judge: (options) => [...sinkFaults(options), ...socketFaults(options)],
  // npm passes on the signal that the terminal has sent to the whole group already: only a second
  // one that comes later is a person's.
  secondSignalAfterMs: 500,
  create: (options, logger) => {
    const dataFolder = resolve(options.dataFolder ?? './data');
    const server = new HoldfastServer({
      collector: { ...options.collector, retryAfter },
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
      replaceSources: (sources) => server.replaceSources(sources),
    };
  },
});

/** Queries run on the files: another sink would have events that no query shows. */
function sinkFaults({ sinks }: Options): string[] {
  const other = sinks.find((sink) => sink !== 'file');
  if (other === undefined) return [];
  return [`--sink: holdfast keeps events in files; for ${other} run holdfast-collector`];
}

function socketFaults({ collector }: Options): string[] {
  if (collector.socketPath === undefined) return [];
  return ['--listen: the page of holdfast needs a port; for a socket run holdfast-collector'];
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
