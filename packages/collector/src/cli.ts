import { createCollector } from './collector.js';
import { runProgram } from './program/run-program.js';
import { keepHeapSmall } from './program/small-heap.js';
import { createDeadLetters, createSinks } from './sinks/create-sinks.js';
import { systemClock } from './system-clock.js';
import { systemRandom } from './system-random.js';

keepHeapSmall();
await runProgram({
  command: 'holdfast-collector',
  packageFile: new URL('../package.json', import.meta.url),
  create: (options, logger) => {
    const parts = { clock: systemClock, random: systemRandom, logger };
    const deadLetters = createDeadLetters(options, parts);
    const collector = createCollector(options.collector, {
      ...parts,
      sinks: createSinks(options, parts),
      ...(deadLetters === undefined ? {} : { deadLetters }),
    });
    return {
      start: () => collector.start().then(() => ''),
      stop: () => collector.stop(),
      replaceSources: (sources) => collector.replaceSources(sources),
    };
  },
});
