/** Every option of the collector, once: flags, environment, file and --help are read off it. */

/** `flag`: true by its name alone. `list`: may be repeated. `optional`: a flag or a value. */
export type OptionKind = 'value' | 'list' | 'flag' | 'optional';

export interface OptionRow {
  /** As in the file and in the code; the flag is its kebab-case. */
  readonly name: string;
  readonly kind: OptionKind;
  readonly placeholder: string;
  readonly help: string;
}

const row = (name: string, kind: OptionKind, placeholder: string, help: string): OptionRow => ({
  name,
  kind,
  placeholder,
  help,
});

export const optionTable: readonly OptionRow[] = [
  row('config', 'value', 'FILE', 'JSON file with the options below, named as in writeKey'),
  row('host', 'value', 'ADDRESS', 'address to listen on (127.0.0.1)'),
  row('port', 'value', 'PORT', 'port of POST /v1/events; 0 takes a free one (8080)'),
  row('listen', 'value', 'unix:PATH', 'a Unix socket instead of that host and port'),
  row('adminPort', 'value', 'PORT', '/metrics /healthz /readyz; 0 takes a free one (9090)'),
  row('sink', 'list', 'file|kafka', 'where events go; repeat for dual write (file)'),
  row('data', 'value', 'DIR', 'data folder of the file sink'),
  row('maxDeadLetterBytes', 'value', 'N', 'bytes of refused events in files (256000000)'),
  row('kafkaBrokers', 'list', 'HOST:PORT', 'brokers to begin with'),
  row('kafkaTopic', 'value', 'NAME', 'topic of the events (events)'),
  row('kafkaTls', 'optional', '[CA]', 'TLS, with the authority in this PEM file'),
  row('kafkaSasl', 'value', 'plain|scram-sha-256|scram-sha-512', 'log in; see below'),
  row('allowSingleCopy', 'flag', '', 'accept a topic with fewer than three replicas'),
  row('writeKey', 'list', 'SOURCE=KEY', 'a write key and the source it belongs to'),
  row('allowOrigin', 'list', 'SOURCE=URL', 'a page that may send for the source (all)'),
  row('allowCritical', 'list', 'SOURCE', 'a source whose batches may be critical (none)'),
  row('rateLimit', 'list', 'SOURCE=N', 'events a second of a source, on average (no limit)'),
  row('clientIp', 'value', 'none|truncated|full', 'what is recorded of an address (none)'),
  row('trustProxy', 'list', 'CIDR', 'proxies whose X-Forwarded-For is believed (none)'),
  row('region', 'value', 'NAME', 'named in every ack (default)'),
  row('epoch', 'value', 'N', 'of this deployment; only ever raise it (0)'),
  row('drainMs', 'value', 'MS', 'the longest shutdown (25000)'),
  row('logLevel', 'value', 'debug|info|warn|error', 'the least that is logged (info)'),
];

/** writeKey → write-key */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** writeKey → HOLDFAST_WRITE_KEY */
export function variableName(name: string): string {
  return `HOLDFAST_${flagName(name).replaceAll('-', '_').toUpperCase()}`;
}

/** `defaults` counts where the program has others than the collector. */
export function helpText(
  command: string,
  defaults: { readonly [name: string]: unknown } = {},
): string {
  const rows = optionTable.map((option) => {
    const usage = `--${flagName(option.name)} ${option.placeholder}`.trimEnd();
    return `  ${usage.padEnd(38)} ${helpOf(option, defaults[option.name])}`;
  });
  return `${[
    `${command} [check] [options]`,
    '',
    'Takes batches of events over HTTP and acks each event once every sink holds it.',
    '`check` reads the configuration, lists every fault, and starts nothing.',
    '`--version` says which version this is.',
    '',
    ...rows,
    '',
    'Each option is also an environment variable, HOLDFAST_WRITE_KEY for --write-key (lists with',
    'commas), and a member of the file. A flag counts before a variable, that before the file.',
    'Credentials for --kafka-sasl: HOLDFAST_KAFKA_USERNAME and HOLDFAST_KAFKA_PASSWORD, or the',
    'same names with _FILE for a file that holds them.',
    '',
    'SIGTERM, SIGINT: answer what is under way, then exit; twice: exit now. SIGHUP: read keys and',
    'origins again. Exit status: 0 drained, 1 failed, 78 wrong configuration.',
  ].join('\n')}\n`;
}

function helpOf({ help }: OptionRow, ownDefault: unknown): string {
  return ownDefault === undefined ? help : `${help.replace(/ \([^)]*\)$/, '')} (${ownDefault})`;
}
