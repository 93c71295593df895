/**
 * Writes docs/options.md from the schemas of the programs' options. `npm run docs` writes it; a
 * test compares it.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { collectorOptions } from '../packages/collector/src/options.js';
import {
  holdfastDefaults,
  holdfastOptions,
  holdfastVariables,
} from '../packages/holdfast/src/options.js';
import { defaultWords } from '../packages/server-core/src/options/help-text.js';
import {
  flagName,
  infoOf,
  kindOf,
  type OptionKind,
  type OptionShape,
  variableName,
} from '../packages/server-core/src/options/option.js';
import { wrapped } from './wrapped.js';

export const optionsDocPath = fileURLToPath(new URL('../docs/options.md', import.meta.url));

const opening = [
  '# Options of the programs',
  wrapped(`Each option is a flag, a variable and a member of the JSON file that \`--config FILE\`
    (or \`HOLDFAST_CONFIG\`) names. A flag counts before a variable, that before the file.
    \`check\` as the first word reads all of it, lists every fault and starts nothing; exit 78 is
    a wrong configuration. \`--help\` prints the same.`),
  wrapped(`This page is made of the schemas in the code: change them, then \`npm run docs\`. The
    options of \`createAnalytics\` are in the types of the SDKs, their defaults in
    [limits](limits.md).`),
];

const kinds: Readonly<Record<OptionKind, string>> = {
  value: 'a value',
  list: 'a list',
  flag: 'yes or no',
  optional: 'yes, no or a value',
};

const legend = [
  '- **a value**: `--port 8080` or `--port=8080`.',
  '- **a list**: the flag may be repeated; in a variable commas stand between, in the file it is',
  '  an array.',
  '- **yes or no**: the flag alone; elsewhere `true` or `false`.',
  '- **yes, no or a value**: the flag alone, or with a value.',
  '- **a secret**: from its variable alone, or a file that `<variable>_FILE` names: flags stand in',
  '  every list of processes.',
].join('\n');

interface ProgramOptions {
  readonly title: string;
  readonly about: string;
  readonly shape: OptionShape;
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Of `shape`, those with a row; default: all. */
  readonly names?: readonly string[];
}

/** The whole page. */
export function optionsDoc(): string {
  const own = Object.entries(holdfastVariables).map(([from, to]) => `\`${from}\` sets \`--${to}\``);
  const programs: readonly ProgramOptions[] = [
    {
      title: '`holdfast-collector`',
      about: '`packages/collector/src/options.ts`; those of a sink in its `sinks/<kind>/`.',
      shape: collectorOptions.shape,
    },
    {
      title: '`holdfast`, the all-in-one',
      about:
        'The same options, but the sink is `file` and it listens on a port. ' +
        `Its page is on that port. ${own.join(', ')}. These defaults are others:`,
      shape: holdfastOptions.shape,
      defaults: holdfastDefaults,
      names: Object.keys(holdfastDefaults),
    },
  ];
  return `${[...opening, legend, ...programs.map(sectionText)].join('\n\n')}\n`;
}

function sectionText({ title, about, shape, defaults = {}, names }: ProgramOptions): string {
  const rows = Object.keys(shape)
    .filter((name) => names?.includes(name) ?? true)
    .map((name) => rowText(shape, name, defaults[name]));
  return [
    `## ${title}`,
    '',
    wrapped(about),
    '',
    '| flag | variable | in the file | what it takes | default | what it says |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function rowText(shape: OptionShape, name: string, otherwise: unknown): string {
  const schema = shape[name]!;
  const { form, help, secretOf } = infoOf(schema);
  const byDefault = otherwise ?? defaultWords(shape, name) ?? '';
  const cells = [
    secretOf ? '' : code(`--${flagName(name)} ${form}`.trimEnd()),
    code(variableName(name)),
    secretOf ? '' : code(name),
    secretOf ? 'a secret' : kinds[kindOf(schema)],
    String(byDefault),
    help,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|') || '—').join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(optionsDocPath, optionsDoc());
}
