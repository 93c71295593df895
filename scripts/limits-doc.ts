/**
 * Writes docs/limits.md from the limits in the code: the value of each, and its comment, which says
 * what it bounds and what happens there. `npm run docs` writes it; a test compares it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { wrapped } from './wrapped.js';

const root = new URL('../', import.meta.url);
export const limitsDocPath = fileURLToPath(new URL('docs/limits.md', root));

/** Each file of limits, with a title for each group in it: an object, or the file's constants. */
const sources: readonly (readonly [file: string, titles: Readonly<Record<string, string>>])[] = [
  ['packages/protocol/src/limits.ts', { limits: 'The wire' }],
  ['packages/sdk-core/src/limits.ts', { '': 'Both SDKs' }],
  [
    'packages/sdk-node/src/limits.ts',
    { nodeDefaults: 'Node SDK, options', nodeLimits: 'Node SDK' },
  ],
  ['packages/sdk-browser/src/limits.ts', { '': 'Browser SDK' }],
  ['packages/server-core/src/limits.ts', { serverLimits: 'Every server process' }],
  [
    'packages/collector/src/limits.ts',
    {
      collectorLimits: 'Collector',
      loadLimits: 'Collector, load',
      rateLimits: 'Collector, rates',
      keyLimits: 'Collector, write keys',
      fileSinkLimits: 'File sink',
      deadLetterLimits: 'Dead letters in files',
    },
  ],
  [
    'packages/collector/src/sinks/kafka/limits.ts',
    { kafkaSinkLimits: 'Kafka sink', partitionBreaker: 'Kafka sink, breaker of a partition' },
  ],
  ['packages/storage/src/limits.ts', { storageLimits: 'Archive and queries' }],
  ['packages/holdfast/src/limits.ts', { holdfastLimits: 'All in one' }],
  ['packages/holdfast/src/page/limits.ts', { pageLimits: 'All in one, page' }],
];

const opening = [
  '# Limits',
  wrapped(`Every queue, body, retry and wait has a bound. It stands in its package's \`limits.ts\`,
    with the reason for its value and with what happens when it is reached. This page is made of
    those files: change them, then \`npm run docs\`.`),
  wrapped(`An option is one of \`createAnalytics\` in the SDKs, a flag of the [programs](options.md)
    elsewhere; a limit that names no option is fixed. Which test shows what a bound does:
    [delivery guarantees](delivery-guarantees.md), [security](security.md).`),
];

/** The whole page. */
export async function limitsDoc(): Promise<string> {
  const sections = await Promise.all(sources.map(([file, titles]) => sectionsOf(file, titles)));
  return `${[...opening, ...sections.flat()].join('\n\n')}\n`;
}

interface Limit {
  readonly name: string;
  readonly comment: string;
}

/** A group of limits; `name` is empty for the constants of a file. */
interface Group {
  readonly name: string;
  readonly comment: string;
  readonly limits: readonly Limit[];
}

async function sectionsOf(file: string, titles: Readonly<Record<string, string>>) {
  const url = new URL(file, root);
  const text = readFileSync(url, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const values = (await import(fileURLToPath(url))) as Record<string, unknown>;
  const groups = groupsOf(source);
  const named = Object.keys(titles);
  const missing = groups.filter(({ name }) => !named.includes(name)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`${file}: give ${missing} a title in limits-doc.ts`);
  return named.map((name) => {
    const group = groups.find((each) => each.name === name);
    if (group === undefined) throw new Error(`${file} has no ${name || 'constants'}`);
    const from = (name === '' ? values : values[name]) as Record<string, unknown>;
    return sectionText(titles[name]!, file, group, from);
  });
}

function sectionText(
  title: string,
  file: string,
  group: Group,
  values: Readonly<Record<string, unknown>>,
): string {
  const heading = group.name === '' ? title : `${title}: \`${group.name}\``;
  const rows = group.limits.map(({ name, comment }) => {
    if (comment === '') throw new Error(`${file}: say of ${name} what happens at the bound`);
    return `| \`${name}\` | ${written(name, values[name])} | ${comment.replaceAll('|', '\\|')} |`;
  });
  return [
    `## ${heading}`,
    '',
    wrapped(`\`${file}\`. ${group.comment}`),
    '',
    '| limit | value | what it bounds, and what happens there |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function groupsOf(source: ts.SourceFile): Group[] {
  const constants = source.statements.filter(ts.isVariableStatement).filter(isExported);
  const comments = new Map(constants.map((each) => [nameOf(each), commentsOf(each).at(-1) ?? '']));
  const alone: Limit[] = [];
  const groups: Group[] = [];
  for (const statement of constants) {
    const name = nameOf(statement);
    const object = objectOf(statement);
    if (object === undefined) alone.push({ name, comment: comments.get(name)! });
    else groups.push({ name, comment: comments.get(name)!, limits: membersOf(object, comments) });
  }
  // Constants beside an object that has them as members are in its group already.
  return groups.length > 0 ? groups : [{ name: '', comment: headOf(source), limits: alone }];
}

/** What the first comment of a file says. */
function headOf({ text }: ts.SourceFile): string {
  const [range] = ts.getLeadingCommentRanges(text, 0) ?? [];
  const lines = range === undefined ? [] : text.slice(range.pos + 3, range.end - 2).split('\n');
  return lines
    .map((line) => line.replace(/^ \*/, '').trim())
    .join(' ')
    .trim();
}

function membersOf(
  object: ts.ObjectLiteralExpression,
  constants: ReadonlyMap<string, string>,
): Limit[] {
  return object.properties.map((member) => {
    const name = member.name!.getText();
    const own = commentsOf(member).at(-1);
    return { name, comment: own ?? constants.get(name) ?? '' };
  });
}

/** The comments before a node, each on one line. */
function commentsOf(node: ts.Node): string[] {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((doc) => (ts.getTextOfJSDocComment(doc.comment) ?? '').replace(/\s+/g, ' ').trim());
}

function isExported(statement: ts.VariableStatement): boolean {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function nameOf(statement: ts.VariableStatement): string {
  return statement.declarationList.declarations[0]!.name.getText();
}

/** The limits that a constant holds together: an object of many, not a value of several parts. */
function objectOf(statement: ts.VariableStatement): ts.ObjectLiteralExpression | undefined {
  let value = statement.declarationList.declarations[0]!.initializer;
  while (value && ts.isAsExpression(value)) value = value.expression;
  if (!value || !ts.isObjectLiteralExpression(value)) return undefined;
  return value.properties.some((member) => commentsOf(member).length > 0) ? value : undefined;
}

/** By the end of a limit's name. */
const units: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/Ms$/, ' ms'],
  [/Bytes/, ' bytes'],
  [/Seconds$/, ' s'],
  [/Percent$/, ' %'],
  [/PerSecond$/, ' a second'],
  [/(Length|Chars)$/, ' characters'],
  [/Events$/, ' events'],
];

function written(name: string, value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => `${key} ${part}`)
      .join(', ');
  }
  if (typeof value !== 'number') return String(value);
  const unit = units.find(([pattern]) => pattern.test(name))?.[1] ?? '';
  const digits = value.toLocaleString('en-US', { maximumFractionDigits: 10 });
  return `${digits}${unit}${explained(unit, value)}`;
}

const larger: Readonly<Record<string, readonly (readonly [size: number, unit: string])[]>> = {
  ' ms': [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ],
  ' bytes': [
    [1_024 ** 3, 'GiB'],
    [1_024 ** 2, 'MiB'],
    [1_024, 'KiB'],
  ],
};

/** The value in a larger unit that it is a whole number of. */
function explained(unit: string, value: number): string {
  if (unit === ' bytes' && value % 1_000 === 0) return '';
  const [size, name] = larger[unit]?.find(([each]) => value > 0 && value % each === 0) ?? [];
  if (size === undefined) return '';
  const count = value / size;
  return ` (${count} ${name}${unit === ' ms' && count > 1 ? 's' : ''})`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(limitsDocPath, await limitsDoc());
}
