import type { RawOptions } from './options-schema.js';

/** What options must be to each other. */
interface Rule {
  readonly about: readonly (keyof RawOptions)[];
  readonly faults: (raw: RawOptions) => readonly string[];
}

/** A key that everybody knows: refused but on loopback, and allowed everything there. */
export const developmentKey = 'dev';

const rules: readonly Rule[] = [
  {
    about: ['writeKey'],
    faults: ({ writeKey }) =>
      writeKey.length === 0 ? ['--write-key: at least one SOURCE=KEY is needed'] : [],
  },
  {
    about: ['writeKey', 'host'],
    faults: ({ writeKey, host }) =>
      !isLoopback(host) && writeKey.some(({ value }) => value === developmentKey)
        ? [`--write-key: the key dev is for 127.0.0.1 alone, not for ${host}`]
        : [],
  },
  { about: ['writeKey'], faults: sharedKeys },
  {
    about: ['port', 'adminPort'],
    faults: ({ port, adminPort }) =>
      port === adminPort && port !== 0 ? [`--admin-port: ${port} is the port of --port too`] : [],
  },
  {
    about: ['sink', 'data'],
    faults: ({ sink, data }) =>
      sink.includes('file') && data === undefined ? ['--data: the file sink needs a folder'] : [],
  },
  {
    about: ['sink', 'kafkaBrokers'],
    faults: ({ sink, kafkaBrokers }) =>
      sink.includes('kafka') && kafkaBrokers.length === 0
        ? ['--kafka-brokers: the Kafka sink needs HOST:PORT']
        : [],
  },
  {
    about: ['sink'],
    faults: ({ sink }) => (new Set(sink).size < sink.length ? ['--sink: one stands twice'] : []),
  },
  {
    about: ['writeKey', 'allowOrigin'],
    faults: (raw) => strangers('--allow-origin', raw, raw.allowOrigin.map(sourceOf)),
  },
  {
    about: ['writeKey', 'rateLimit'],
    faults: (raw) => strangers('--rate-limit', raw, raw.rateLimit.map(sourceOf)),
  },
  {
    about: ['writeKey', 'allowCritical'],
    faults: (raw) => strangers('--allow-critical', raw, raw.allowCritical),
  },
];

/** What is wrong with the options together. Nothing is concluded from those that are `unsound`:
 *  in `raw` they have their defaults. */
export function faultsBetween(raw: RawOptions, unsound: ReadonlySet<string>): string[] {
  return rules
    .filter(({ about }) => !about.some((name) => unsound.has(name)))
    .flatMap(({ faults }) => faults(raw));
}

function sharedKeys({ writeKey }: RawOptions): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { source, value } of writeKey) {
    owners.set(value, (owners.get(value) ?? new Set()).add(source));
  }
  return [...owners]
    .filter(([, sources]) => sources.size > 1)
    .map(
      ([key, sources]) =>
        `--write-key: one key (${key.length} characters) for ${[...sources].join(' and ')}`,
    );
}

function strangers(flag: string, raw: RawOptions, sources: readonly string[]): string[] {
  const known = new Set(raw.writeKey.map(sourceOf));
  return sources
    .filter((source) => !known.has(source))
    .map((source) => `${flag}: no --write-key names the source ${source}`);
}

function sourceOf({ source }: { readonly source: string }): string {
  return source;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
