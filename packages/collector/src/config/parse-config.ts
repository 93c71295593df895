import type { CollectorConfig } from '../collector.js';
import type { LogLevel } from '../ports.js';
import type { SourceRecord } from '../source-records.js';
import { flagName, helpText } from './option-table.js';
import { optionsSchema, type RawOptions } from './options-schema.js';
import {
  type Layer,
  readConfigFile,
  readEnvironment,
  readFlags,
  type Setting,
} from './read-layers.js';

/** How to reach Kafka. */
export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly allowSingleCopy: boolean;
  /** `ca`: PEM; absent: the system's authorities. */
  readonly tls?: { readonly ca?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

/** Everything that flags, environment and file say. */
export interface Options {
  readonly collector: CollectorConfig;
  readonly sinks: readonly ('file' | 'kafka')[];
  readonly dataFolder?: string;
  readonly kafka?: KafkaOptions;
  readonly logLevel: LogLevel;
}

export interface ConfigInput {
  /** Without node and script. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly readFile: (path: string) => string;
  /** Counts where nothing else says anything; named as in the file. */
  readonly defaults?: { readonly [name: string]: unknown };
  /** The program's name in --help; default `holdfast-collector`. */
  readonly command?: string;
}

export type ParsedConfig =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'check'; readonly options: Options }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

/** A key that everybody knows: refused but on loopback, and allowed everything there. */
const developmentKey = 'dev';

/** Reads the configuration; lists every fault at once. */
export function parseConfig(input: ConfigInput): ParsedConfig {
  const { args, command = 'holdfast-collector' } = input;
  if (args.includes('--help') || args.includes('-h')) {
    return { kind: 'help', text: helpText(command) };
  }
  const isCheck = args[0] === 'check';
  const layers = readLayers(input, isCheck ? args.slice(1) : args);
  const faults = layers.flatMap((layer) => layer.faults);
  const settings = new Map(layers.flatMap((layer) => [...layer.settings]));
  const raw = optionsSchema.safeParse(
    Object.fromEntries([...settings].map(([name, setting]) => [name, setting.value])),
  );
  if (!raw.success) {
    for (const issue of raw.error.issues) faults.push(describe(issue, settings));
    return { kind: 'invalid', faults };
  }
  const credentials = readCredentials(input, raw.data, faults);
  const ca = readAuthority(input, raw.data, faults);
  faults.push(...faultsBetween(raw.data));
  if (faults.length > 0) return { kind: 'invalid', faults };
  return { kind: isCheck ? 'check' : 'run', options: toOptions(raw.data, credentials, ca) };
}

/** Lowest first, so that later ones win. */
function readLayers(input: ConfigInput, args: readonly string[]): Layer[] {
  const flags = readFlags(args);
  const environment = readEnvironment(input.environment);
  const path = (flags.settings.get('config') ?? environment.settings.get('config'))?.value;
  const defaults: Layer = {
    settings: new Map(
      Object.entries(input.defaults ?? {}).map(([name, value]) => [
        name,
        { value, origin: `the default of --${flagName(name)}` },
      ]),
    ),
    faults: [],
  };
  const file = typeof path === 'string' ? [readConfigFile(path, input.readFile)] : [];
  return [defaults, ...file, environment, flags];
}

function describe(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string },
  settings: ReadonlyMap<string, Setting>,
): string {
  const [name, index] = issue.path;
  const setting = settings.get(String(name));
  const value = setting?.value;
  const given = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  // A key is public but need not stand in a log.
  const shown = name === 'writeKey' ? '' : `, not ${JSON.stringify(given)}`;
  return `${setting?.origin ?? `--${flagName(String(name))}`}: ${issue.message}${shown}`;
}

function faultsBetween(raw: RawOptions): string[] {
  const faults: string[] = [];
  const sources = new Set(raw.writeKey.map((pair) => pair.source));
  if (raw.writeKey.length === 0) faults.push('--write-key: at least one SOURCE=KEY is needed');
  if (!isLoopback(raw.host) && raw.writeKey.some((pair) => pair.value === developmentKey)) {
    faults.push(`--write-key: the key dev is for 127.0.0.1 alone, not for ${raw.host}`);
  }
  for (const [key, owners] of ownersByKey(raw)) {
    if (owners.size > 1)
      faults.push(
        `--write-key: one key (${key.length} characters) for ${[...owners].join(' and ')}`,
      );
  }
  if (raw.sink.includes('file') && raw.data === undefined) {
    faults.push('--data: the file sink needs a folder');
  }
  if (raw.sink.includes('kafka') && raw.kafkaBrokers.length === 0) {
    faults.push('--kafka-brokers: the Kafka sink needs HOST:PORT');
  }
  if (new Set(raw.sink).size < raw.sink.length) faults.push('--sink: one stands twice');
  const named = [
    ...raw.allowOrigin.map((pair) => ['--allow-origin', pair.source] as const),
    ...raw.rateLimit.map((pair) => ['--rate-limit', pair.source] as const),
    ...raw.allowCritical.map((source) => ['--allow-critical', source] as const),
  ];
  for (const [flag, source] of named) {
    if (!sources.has(source)) faults.push(`${flag}: no --write-key names the source ${source}`);
  }
  return faults;
}

function ownersByKey(raw: RawOptions): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { source, value } of raw.writeKey) {
    owners.set(value, (owners.get(value) ?? new Set()).add(source));
  }
  return owners;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** From the environment alone: flags and their values stand in every process list. */
function readCredentials(
  input: ConfigInput,
  raw: RawOptions,
  faults: string[],
): Credentials | undefined {
  if (raw.kafkaSasl === undefined) return undefined;
  const read = (name: string): string => {
    const path = input.environment[`${name}_FILE`];
    const value =
      path === undefined ? input.environment[name] : readText(input, path, name, faults);
    if (value === undefined || value === '') faults.push(`${name}: --kafka-sasl needs it`);
    return value ?? '';
  };
  return { username: read('HOLDFAST_KAFKA_USERNAME'), password: read('HOLDFAST_KAFKA_PASSWORD') };
}

function readAuthority(input: ConfigInput, raw: RawOptions, faults: string[]): string | undefined {
  return typeof raw.kafkaTls === 'string'
    ? readText(input, raw.kafkaTls, '--kafka-tls', faults)
    : undefined;
}

function readText(
  input: ConfigInput,
  path: string,
  origin: string,
  faults: string[],
): string | undefined {
  try {
    return input.readFile(path).trim();
  } catch (error) {
    faults.push(`${origin}: ${path}: ${(error as Error).message}`);
    return undefined;
  }
}

function toOptions(raw: RawOptions, credentials?: Credentials, ca?: string): Options {
  const { host, port, adminPort, region, epoch, drainMs } = raw;
  return {
    collector: {
      ...{ host, port, adminPort, region, epoch, drainMs },
      clientIp: raw.clientIp,
      trustedProxies: raw.trustProxy,
      sources: sourceRecords(raw),
    },
    sinks: raw.sink,
    logLevel: raw.logLevel,
    ...(raw.data === undefined ? {} : { dataFolder: raw.data }),
    ...(raw.kafkaBrokers.length === 0 ? {} : { kafka: kafkaOptions(raw, credentials, ca) }),
  };
}

function kafkaOptions(raw: RawOptions, credentials?: Credentials, ca?: string): KafkaOptions {
  return {
    brokers: raw.kafkaBrokers,
    topic: raw.kafkaTopic,
    allowSingleCopy: raw.allowSingleCopy,
    ...(raw.kafkaTls === false ? {} : { tls: ca === undefined ? {} : { ca } }),
    ...(raw.kafkaSasl === undefined || credentials === undefined
      ? {}
      : { sasl: { mechanism: raw.kafkaSasl, ...credentials } }),
  };
}

function sourceRecords(raw: RawOptions): SourceRecord[] {
  const of = (pairs: readonly { source: string; value: string }[], source: string) =>
    pairs.filter((pair) => pair.source === source).map((pair) => pair.value);
  return [...new Set(raw.writeKey.map((pair) => pair.source))].map((source) => {
    const limit = of(raw.rateLimit, source).at(-1);
    const writeKeys = of(raw.writeKey, source);
    return {
      source,
      writeKeys,
      origins: of(raw.allowOrigin, source),
      allowsCritical: raw.allowCritical.includes(source) || writeKeys.includes(developmentKey),
      ...(limit === undefined ? {} : { maxEventsPerSecond: Number(limit) }),
    };
  });
}
