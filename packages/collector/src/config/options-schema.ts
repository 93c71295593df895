import { isIP } from 'node:net';
import { isWriteKey, maxWriteKeyLength } from '@holdfast/protocol';
import * as z from 'zod';
import { logLevels } from '../json-logger.js';
import { collectorLimits, deadLetterLimits } from '../limits.js';

const integer = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,16}$/)
          .transform(Number),
      ],
      { error },
    )
    .refine((value) => value >= min && value <= max, { error });
};

const boolean = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  { error: 'must be true or false' },
);

/** What the kernel has room for in a socket's address. */
const maxSocketPathBytes = 107;

const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(10_000);
const text = z.string().min(1).max(4_096);
const sourcePattern = '[A-Za-z0-9._-]{1,64}';
const pairOf = (pattern: RegExp, form: string) =>
  z
    .string()
    .regex(pattern, { error: `must be ${form}` })
    .transform((pair) => {
      const cut = pair.indexOf('=');
      return { source: pair.slice(0, cut), value: pair.slice(cut + 1) };
    });

const writeKey = pairOf(new RegExp(`^${sourcePattern}=.+$`), 'SOURCE=KEY').refine(
  ({ value }) => isWriteKey(value),
  { error: `must be SOURCE=KEY, KEY of at most ${maxWriteKeyLength} ASCII characters, no spaces` },
);
const origin = pairOf(new RegExp(`^${sourcePattern}=\\S+$`), 'SOURCE=URL').refine(
  ({ value }) => isOrigin(value),
  { error: 'must be SOURCE=URL with scheme and host alone, such as shop=https://shop.example' },
);

/** The options once each is read; what they mean together is judged by `parse-config.ts`. */
export const optionsSchema = z.object({
  host: text.default('127.0.0.1'),
  port: integer(0, 65_535).default(8_080),
  listen: z
    .string()
    .refine(isSocketAddress, { error: `must be unix:PATH, of at most ${maxSocketPathBytes} bytes` })
    .optional(),
  adminPort: integer(0, 65_535).default(9_090),
  sink: list(z.enum(['file', 'kafka'])).default(['file']),
  data: text.optional(),
  maxDeadLetterBytes: integer(0, Number.MAX_SAFE_INTEGER).default(
    deadLetterLimits.maxDeadLetterBytes,
  ),
  kafkaBrokers: list(
    z
      .string()
      .regex(/^[^\s:]+:\d{1,5}$|^\[[0-9A-Fa-f:]+\]:\d{1,5}$/, { error: 'must be HOST:PORT' }),
  ).default([]),
  kafkaTopic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,244}$/, { error: 'must be a topic name' })
    .default('events'),
  kafkaTls: z.union([boolean, text]).default(false),
  kafkaSasl: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  allowSingleCopy: boolean.default(false),
  writeKey: list(writeKey).default([]),
  allowOrigin: list(origin).default([]),
  allowCritical: list(text).default([]),
  rateLimit: list(
    pairOf(new RegExp(`^${sourcePattern}=[1-9]\\d{0,8}$`), 'SOURCE=N, N from 1'),
  ).default([]),
  clientIp: z.enum(['none', 'truncated', 'full']).default('none'),
  trustProxy: list(z.string().refine(isCidr, { error: 'must be an address or CIDR' })).default([]),
  region: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be 1–64 of A–Z a–z 0–9 . _ -' })
    .default('default'),
  epoch: integer(0, Number.MAX_SAFE_INTEGER).default(0),
  drainMs: integer(0, 3_600_000).default(collectorLimits.drainMs),
  logLevel: z.enum(logLevels).default('info'),
});
export type RawOptions = z.infer<typeof optionsSchema>;

function isSocketAddress(value: string): boolean {
  const bytes = Buffer.byteLength(value) - 'unix:'.length;
  return value.startsWith('unix:') && bytes > 0 && bytes <= maxSocketPathBytes;
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}

function isCidr(value: string): boolean {
  const [address = '', prefix, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
