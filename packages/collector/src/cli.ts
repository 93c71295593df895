import { runProgram } from '@holdfast/server-core/program/run-program';
import { keepHeapSmall } from '@holdfast/server-core/program/small-heap';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { createCollector } from './collector.js';
import { collectorConfig, collectorOptions, sourceRecords } from './options.js';
import { createDeadLetters, createSinks } from './sinks/sink-kinds.js';

keepHeapSmall();
await runProgram({
  command: 'holdfast-collector',
  about: 'Takes batches of events over HTTP and acks each event once every sink holds it.',
  packageFile: new URL('../package.json', import.meta.url),
  options: collectorOptions,
  create: async (options, logger) => {
    const parts = { clock: systemClock, random: systemRandom, logger };
    const collector = createCollector(collectorConfig(options), {
      ...parts,
      sinks: await createSinks(options, parts),
      deadLetters: await createDeadLetters(options, parts),
    });
    return {
      start: () => collector.start().then(() => ''),
      stop: () => collector.stop(),
      reload: (changed) => collector.replaceSources(sourceRecords(changed)),
    };
  },
});
