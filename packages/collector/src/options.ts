/** What the collector's program can be told. */
import { isIP } from 'node:net';
import { isWriteKey, maxWriteKeyLength } from '@holdfast/protocol';
import { isLoopbackHost } from '@holdfast/server-core/http/loopback';
import { serverLimits } from '@holdfast/server-core/limits';
import {
  integer,
  list,
  type OptionRule,
  type OptionSet,
  type OptionValues,
  option,
  text,
} from '@holdfast/server-core/options/option';
import { serverOptions } from '@holdfast/server-core/options/server-options';
import * as z from 'zod';
import type { CollectorConfig } from './collector.js';
import { sinkKinds, sinkNames, sinkOptions } from './sinks/sink-kinds.js';
import type { SourceRecord } from './sources/source-record.js';

/** A key that everybody knows: refused but on loopback, and allowed everything there. */
const developmentKey = 'dev';
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
const rate = pairOf(new RegExp(`^${sourcePattern}=[1-9]\\d{0,8}$`), 'SOURCE=N, N from 1');

const { host, port, adminPort, drainMs, logLevel } = serverOptions;

const shape = {
  host,
  port: option(port, { form: 'PORT', help: 'port of POST /v1/events; 0 takes a free one' }),
  listen: option(
    z
      .string()
      .refine(isSocketAddress, {
        error: `must be unix:PATH, of at most ${serverLimits.maxSocketPathBytes} bytes`,
      })
      .optional(),
    { form: 'unix:PATH', help: 'a Unix socket instead of that host and port' },
  ),
  adminPort,
  sink: option(list(z.enum(sinkNames)).default(['file']), {
    form: sinkNames.join('|'),
    help: 'where events go; repeat for dual write',
  }),
  ...sinkOptions,
  writeKey: option(list(writeKey).default([]), {
    form: 'SOURCE=KEY',
    help: 'a write key and the source it belongs to',
    isSensitive: true,
  }),
  allowOrigin: option(list(origin).default([]), {
    form: 'SOURCE=URL',
    help: 'a page that may send for the source',
    byDefault: 'all',
  }),
  allowCritical: option(list(text).default([]), {
    form: 'SOURCE',
    help: 'a source whose batches may be critical',
    byDefault: 'none',
  }),
  rateLimit: option(list(rate).default([]), {
    form: 'SOURCE=N',
    help: 'events a second of a source, on average',
    byDefault: 'no limit',
  }),
  clientIp: option(z.enum(['none', 'truncated', 'full']).default('none'), {
    form: 'none|truncated|full',
    help: 'what is recorded of an address',
  }),
  trustProxy: option(
    list(z.string().refine(isCidr, { error: 'must be an address or CIDR' })).default([]),
    { form: 'CIDR', help: 'proxies whose X-Forwarded-For is believed', byDefault: 'none' },
  ),
  region: option(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be 1–64 of A–Z a–z 0–9 . _ -' })
      .default('default'),
    { form: 'NAME', help: 'named in every ack' },
  ),
  epoch: option(integer(0, Number.MAX_SAFE_INTEGER).default(0), {
    form: 'N',
    help: 'of this deployment; only ever raise it',
  }),
  drainMs,
  logLevel,
};

export type CollectorShape = typeof shape;
/** Everything that flags, environment and file say. */
export type CollectorOptions = OptionValues<CollectorShape>;
type Rule = OptionRule<CollectorOptions>;

const rules: readonly Rule[] = [
  {
    about: ['writeKey'],
    faults: (options) =>
      options.writeKey.length === 0 ? ['--write-key: at least one SOURCE=KEY is needed'] : [],
  },
  {
    about: ['writeKey', 'host'],
    faults: (options) =>
      !isLoopbackHost(options.host) &&
      options.writeKey.some(({ value }) => value === developmentKey)
        ? [`--write-key: the key dev is for 127.0.0.1 alone, not for ${options.host}`]
        : [],
  },
  { about: ['writeKey'], faults: sharedKeys },
  {
    about: ['port', 'adminPort'],
    faults: (options) =>
      options.port === options.adminPort && options.port !== 0
        ? [`--admin-port: ${options.port} is the port of --port too`]
        : [],
  },
  ...sinkKinds.flatMap(({ name, rules: own }): Rule[] =>
    own.map(({ about, faults }) => ({
      about: ['sink', ...about],
      faults: (options) => (options.sink.includes(name) ? faults(options) : []),
    })),
  ),
  {
    about: ['sink'],
    faults: ({ sink }) => {
      if (sink.length === 0) return ['--sink: at least one is needed'];
      return new Set(sink).size < sink.length ? ['--sink: one stands twice'] : [];
    },
  },
  {
    about: ['writeKey', 'allowOrigin'],
    faults: (options) => strangers('--allow-origin', options, options.allowOrigin.map(sourceOf)),
  },
  {
    about: ['writeKey', 'rateLimit'],
    faults: (options) => strangers('--rate-limit', options, options.rateLimit.map(sourceOf)),
  },
  {
    about: ['writeKey', 'allowCritical'],
    faults: (options) => strangers('--allow-critical', options, options.allowCritical),
  },
];

export const collectorOptions: OptionSet<CollectorShape> = { shape, rules };

/** The collector that the options describe, without its sinks. */
export function collectorConfig(options: CollectorOptions): CollectorConfig {
  const { host, port, adminPort, region, epoch, drainMs, clientIp } = options;
  return {
    ...{ host, port, adminPort, region, epoch, drainMs, clientIp },
    socketPath: options.listen?.slice('unix:'.length),
    trustedProxies: options.trustProxy,
    sources: sourceRecords(options),
  };
}

/** The sources that the options name, each with all that is said of it. */
export function sourceRecords(options: CollectorOptions): SourceRecord[] {
  const of = (pairs: readonly { source: string; value: string }[], source: string) =>
    pairs.filter((pair) => pair.source === source).map((pair) => pair.value);
  return [...new Set(options.writeKey.map(sourceOf))].map((source) => {
    const limit = of(options.rateLimit, source).at(-1);
    const writeKeys = of(options.writeKey, source);
    return {
      source,
      writeKeys,
      origins: of(options.allowOrigin, source),
      allowsCritical: options.allowCritical.includes(source) || writeKeys.includes(developmentKey),
      maxEventsPerSecond: limit === undefined ? undefined : Number(limit),
    };
  });
}

function sharedKeys(options: CollectorOptions): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { source, value } of options.writeKey) {
    owners.set(value, (owners.get(value) ?? new Set()).add(source));
  }
  return [...owners]
    .filter(([, sources]) => sources.size > 1)
    .map(
      ([key, sources]) =>
        `--write-key: one key (${key.length} characters) for ${[...sources].join(' and ')}`,
    );
}

function strangers(flag: string, options: CollectorOptions, sources: readonly string[]): string[] {
  const known = new Set(options.writeKey.map(sourceOf));
  return sources
    .filter((source) => !known.has(source))
    .map((source) => `${flag}: no --write-key names the source ${source}`);
}

function sourceOf({ source }: { readonly source: string }): string {
  return source;
}

function isSocketAddress(value: string): boolean {
  const bytes = Buffer.byteLength(value) - 'unix:'.length;
  return value.startsWith('unix:') && bytes > 0 && bytes <= serverLimits.maxSocketPathBytes;
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
