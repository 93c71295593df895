import { flagName, infoOf, kindOf, type OptionShape, variableName } from './option.js';

/** What a program is called and does. */
export interface ProgramText {
  readonly command: string;
  /** A sentence or two. */
  readonly about: string;
}

/** `defaults` counts where the program has others than the options. */
export function helpText(
  { command, about }: ProgramText,
  shape: OptionShape,
  defaults: { readonly [name: string]: unknown } = {},
): string {
  const names = Object.keys(shape).filter((name) => infoOf(shape[name]!).secretOf === undefined);
  const rows = names.map((name) => {
    const { form, help } = infoOf(shape[name]!);
    const usage = `--${flagName(name)} ${form}`.trimEnd();
    const otherwise = defaults[name] ?? defaultWords(shape, name);
    const more = otherwise === undefined ? '' : ` (${otherwise})`;
    return `  ${usage.padEnd(38)} ${help}${more}`;
  });
  return `${[
    `${command} [check] [options]`,
    '',
    about,
    '`check` reads the configuration, lists every fault, and starts nothing.',
    '`--version` says which version this is.',
    '',
    ...rows,
    '',
    'Each option is also an environment variable, HOLDFAST_LOG_LEVEL for --log-level (lists with',
    'commas), and a member of the file. A flag counts before a variable, that before the file.',
    ...secretsText(shape),
    '',
    'SIGTERM, SIGINT: answer what is under way, then exit; twice: exit now. SIGHUP: read keys and',
    'origins again. Exit status: 0 drained, 1 failed, 78 wrong configuration.',
  ].join('\n')}\n`;
}

/** An option's default as --help says it; undefined: it has none. */
export function defaultWords(shape: OptionShape, name: string): string | undefined {
  const schema = shape[name]!;
  const { byDefault } = infoOf(schema);
  if (byDefault !== undefined || kindOf(schema) === 'flag') return byDefault;
  const parsed = schema.safeParse(undefined);
  const value: unknown = parsed.success ? parsed.data : undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(', ');
  return value === undefined || value === false ? undefined : String(value);
}

function secretsText(shape: OptionShape): string[] {
  const names = Object.keys(shape).filter((name) => infoOf(shape[name]!).secretOf !== undefined);
  if (names.length === 0) return [];
  return [
    `From the environment alone: ${names.map(variableName).join(', ')};`,
    'or the same names with _FILE for a file that holds one.',
  ];
}
