import * as z from 'zod';
import { logLevels } from '../json-logger.js';
import { serverLimits } from '../limits.js';
import { integer, type OptionShape, option, text } from './option.js';

/** What every server process can be told; each part takes those that it has a use for. */
export const serverOptions = {
  host: option(text.default('127.0.0.1'), { form: 'ADDRESS', help: 'address to listen on' }),
  port: option(integer(0, 65_535).default(8_080), {
    form: 'PORT',
    help: 'port to listen on; 0 takes a free one',
  }),
  adminPort: option(integer(0, 65_535).default(9_090), {
    form: 'PORT',
    help: '/metrics /healthz /readyz; 0 takes a free one',
  }),
  drainMs: option(integer(0, 3_600_000).default(serverLimits.drainMs), {
    form: 'MS',
    help: 'the longest shutdown',
  }),
  logLevel: option(z.enum(logLevels).default('info'), {
    form: logLevels.join('|'),
    help: 'the least that is logged',
  }),
} satisfies OptionShape;
