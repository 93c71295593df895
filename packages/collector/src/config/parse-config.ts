import type { CollectorConfig } from '../collector.js';
import type { LogLevel } from '../ports.js';
import type { SourceRecord } from '../source-records.js';
import { developmentKey, faultsBetween } from './faults-between.js';
import { flagName, helpText } from './option-table.js';
import { optionsSchema, type RawOptions } from './options-schema.js';
import {
  type Layer,
  readConfigFile,
  readEnvironment,
  readFlags,
  type Settings,
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
  /** Of dead letters that the file sink keeps. */
  readonly maxDeadLetterBytes: number;
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
  /** Variables beside HOLDFAST_…, and the options that they set: those count before them. */
  readonly variables?: { readonly [variable: string]: string };
  /** What else is wrong in the eyes of the program; an option that is wrong has its default. */
  readonly judge?: (options: Options) => readonly string[];
  /** The program's name in --help; default `holdfast-collector`. */
  readonly command?: string;
}

export type ParsedConfig =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'check'; readonly options: Options }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

/** Reads the configuration; lists every fault at once. */
export function parseConfig(input: ConfigInput): ParsedConfig {
  const { args, command = 'holdfast-collector' } = input;
  if (args.includes('--help') || args.includes('-h')) {
    return { kind: 'help', text: helpText(command, input.defaults) };
  }
  if (args.includes('--version')) return { kind: 'version' };
  const isCheck = args[0] === 'check';
  const layers = readLayers(input, isCheck ? args.slice(1) : args);
  const faults = layers.flatMap((layer) => layer.faults);
  const settings = new Map(layers.flatMap((layer) => [...layer.settings]));
  const { raw, issues } = judgeEach(settings);
  for (const issue of issues) faults.push(describe(issue, settings));
  const credentials = readCredentials(input, raw, faults);
  const ca = readAuthority(input, raw, faults);
  faults.push(...faultsBetween(raw, new Set(issues.map(nameOf))));
  const options = toOptions(raw, credentials, ca);
  faults.push(...(input.judge?.(options) ?? []));
  if (faults.length > 0) return { kind: 'invalid', faults };
  return { kind: isCheck ? 'check' : 'run', options };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function nameOf({ path }: Issue): string {
  return String(path[0]);
}

/** Judges each option by itself; one that is wrong has its default in `raw`. */
function judgeEach(settings: Settings): { raw: RawOptions; issues: readonly Issue[] } {
  const given = [...settings].map(([name, { value }]) => [name, value] as const);
  const judged = optionsSchema.safeParse(Object.fromEntries(given));
  if (judged.success) return { raw: judged.data, issues: [] };
  const { issues } = judged.error;
  const unsound = new Set(issues.map(nameOf));
  const sound = given.filter(([name]) => !unsound.has(name));
  return { raw: optionsSchema.parse(Object.fromEntries(sound)), issues };
}

/** Lowest first, so that later ones win. */
function readLayers(input: ConfigInput, args: readonly string[]): Layer[] {
  const flags = readFlags(args);
  const environment = readEnvironment(input.environment, input.variables);
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

function describe(issue: Issue, settings: Settings): string {
  const name = nameOf(issue);
  const index = issue.path[1];
  const setting = settings.get(name);
  const value = setting?.value;
  const given = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  // A key is public but need not stand in a log.
  const shown = name === 'writeKey' ? '' : `, not ${JSON.stringify(given)}`;
  return `${setting?.origin ?? `--${flagName(name)}`}: ${issue.message}${shown}`;
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
      ...(raw.listen === undefined ? {} : { socketPath: raw.listen.slice('unix:'.length) }),
      clientIp: raw.clientIp,
      trustedProxies: raw.trustProxy,
      sources: sourceRecords(raw),
    },
    sinks: raw.sink,
    maxDeadLetterBytes: raw.maxDeadLetterBytes,
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
