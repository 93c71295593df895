import { join } from 'node:path';
import { integer, option, text } from '@holdfast/server-core/options/option';
import { deadLetterLimits } from '../../limits.js';
import { sinkKind } from '../sink-kind.js';
import { DeadLetterFiles } from './dead-letter-files.js';
import { FileSink } from './file-sink.js';

/** Where below a data folder refused events are kept. */
const deadLetterFolder = 'dead-letters';

export const fileSinkKind = sinkKind({
  name: 'file',
  options: {
    data: option(text.optional(), { form: 'DIR', help: 'data folder of the file sink' }),
    maxDeadLetterBytes: option(
      integer(0, Number.MAX_SAFE_INTEGER).default(deadLetterLimits.maxDeadLetterBytes),
      { form: 'N', help: 'bytes of refused events in files' },
    ),
  },
  rules: [
    {
      about: ['data'],
      faults: ({ data }) => (data === undefined ? ['--data: the file sink needs a folder'] : []),
    },
  ],
  durables: ['file'],
  create: async ({ data = '' }, parts) => new FileSink({ folder: data, ...parts }),
  createDeadLetters: async ({ data = '', maxDeadLetterBytes }, parts) =>
    new DeadLetterFiles({
      folder: join(data, deadLetterFolder),
      maxBytes: maxDeadLetterBytes,
      ...parts,
    }),
});
