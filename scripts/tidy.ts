/**
 * The rules of the house that no compiler or linter keeps: layers, clocks, sizes, names. Each
 * fault is a line that says where and what. Run by `npm test`; alone: `npx tsx scripts/tidy.ts`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

const maxFileLines = 400;
const maxFunctionLines = 60;
const maxLineLength = 100;

/** The protocol's entries for servers. */
const wire = [
  '@holdfast/protocol',
  '@holdfast/protocol/schemas',
  '@holdfast/protocol/msgpack',
  '@holdfast/protocol/file-segment',
];

/** What each package's source may import of ours; the compiler's references say the same, but for
 *  subpaths. One that ends in a slash stands for all that is below. */
const layers: Record<string, readonly string[]> = {
  protocol: [],
  'sdk-core': ['@holdfast/protocol'],
  'sdk-browser': ['@holdfast/protocol', '@holdfast/sdk-core', '@holdfast/sdk-core/'],
  'sdk-node': [
    '@holdfast/protocol',
    '@holdfast/protocol/msgpack',
    '@holdfast/sdk-core',
    '@holdfast/sdk-core/',
  ],
  'server-core': ['@holdfast/protocol'],
  collector: [...wire, '@holdfast/server-core/'],
  storage: [...wire, '@holdfast/server-core/'],
  holdfast: [
    ...wire,
    '@holdfast/server-core/',
    '@holdfast/storage/',
    '@holdfast/collector',
    '@holdfast/collector/options',
  ],
};

/** Third-party packages that a package's source may import; Node built-ins are judged by types. */
const libraries: Record<string, readonly string[]> = {
  protocol: ['zod', 'msgpackr'],
  'sdk-core': ['uuid'],
  'sdk-browser': ['uuid', 'idb-keyval'],
  'sdk-node': ['uuid', 'undici', 'msgpackr'],
  'server-core': ['zod'],
  collector: ['zod', 'kafkajs', 'msgpackr', 'uuid'],
  storage: ['zod', '@duckdb/node-api'],
  holdfast: ['zod'],
};

const vagueNames = /^(utils?|helpers?|common|managers?|misc|shared)$/;
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|config|d))?$/;

/** Every fault of the tree, as `file:line rule`. */
export function tidyFaults(): string[] {
  return trackedFiles().flatMap((file) => faultsOfFile(file));
}

function trackedFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.ts', '*.mjs'];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !file.includes('/golden/') && !file.endsWith('.report.d.ts'))
    .filter((file) => existsSync(join(root, file)));
}

function faultsOfFile(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const isTest = /\.(test|contract)\.ts$|\/test\//.test(file) || file.startsWith('test/');
  const faults = [...sizeFaults(file, text, source, isTest), ...nameFaults(file)];
  const match = /^packages\/([^/]+)\/src\//.exec(file);
  if (match && !isTest) faults.push(...sourceFaults(file, match[1]!, source));
  if (isTest) faults.push(...testFaults(file, text));
  return faults;
}

function sizeFaults(file: string, text: string, source: ts.SourceFile, isTest: boolean): string[] {
  const lines = text.split('\n');
  const faults: string[] = [];
  if (lines.length - 1 > maxFileLines && !isTest) {
    faults.push(`${file}:1 has ${lines.length - 1} lines; a file ends at ${maxFileLines}`);
  }
  lines.forEach((line, index) => {
    const isExempt = /https?:\/\//.test(line) || isTest;
    if (line.length > maxLineLength && !isExempt) {
      faults.push(`${file}:${index + 1} is ${line.length} wide; a line ends at ${maxLineLength}`);
    }
  });
  if (!isTest) walk(source, (node) => faults.push(...functionFaults(file, source, node)));
  return faults;
}

function functionFaults(file: string, source: ts.SourceFile, node: ts.Node): string[] {
  if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return [];
  const start = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  const end = source.getLineAndCharacterOfPosition(node.end).line;
  const lines = end - start + 1;
  if (lines <= maxFunctionLines) return [];
  return [`${file}:${start + 1} function of ${lines} lines; one ends at ${maxFunctionLines}`];
}

function nameFaults(file: string): string[] {
  const name = basename(file).replace(/\.(ts|mjs)$/, '');
  const faults: string[] = [];
  if (!kebabCase.test(name)) faults.push(`${file}:1 file names are kebab-case`);
  if (vagueNames.test(name)) faults.push(`${file}:1 a file is named for the one thing it exports`);
  return faults;
}

function sourceFaults(file: string, packageName: string, source: ts.SourceFile): string[] {
  const faults: string[] = [];
  const say = (node: ts.Node, rule: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    faults.push(`${file}:${line + 1} ${rule}`);
  };
  const mayTellTime = /-(clock|random)\.ts$/.test(file) || basename(file) === 'clock.ts';
  walk(source, (node) => {
    const specifier = importOf(node);
    if (specifier !== undefined) {
      const rule = importFault(packageName, file, specifier);
      if (rule) say(node, rule);
    }
    if (!mayTellTime && isImpure(node))
      say(node, `${node.getText(source)} only in *-clock, *-random`);
    if (ts.isExportAssignment(node)) say(node, 'no default exports');
    if (ts.isExportDeclaration(node) && !node.exportClause) say(node, 'no export *');
  });
  return faults;
}

function importOf(node: ts.Node): string | undefined {
  const isStatic = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
  if (isStatic && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return node.moduleSpecifier.text;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument && ts.isStringLiteral(argument) ? argument.text : undefined;
  }
  return undefined;
}

function importFault(packageName: string, file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    const isPure = packageName === 'protocol' || packageName === 'sdk-core';
    return isPure ? `${packageName} does no I/O: no ${specifier}` : undefined;
  }
  if (specifier.startsWith('.')) {
    const depth = file.split('/').length - 4;
    const ups = specifier.split('/').filter((part) => part === '..').length;
    return ups > depth ? `${specifier} leaves the package's src` : undefined;
  }
  if (specifier.startsWith('@holdfast/')) {
    const own = layers[packageName] ?? [];
    const isBelow = own.some((each) => each.endsWith('/') && specifier.startsWith(each));
    if (isBelow || own.includes(specifier)) return undefined;
    return `${packageName} may not import ${specifier}`;
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const allowed = libraries[packageName] ?? [];
  return allowed.includes(name) ? undefined : `${packageName} may not depend on ${name}`;
}

function isImpure(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) {
    return node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
  }
  if (!ts.isPropertyAccessExpression(node)) return false;
  const text = node.getText();
  return text === 'Date.now' || text === 'Math.random' || text === 'performance.now';
}

function testFaults(file: string, text: string): string[] {
  const faults: string[] = [];
  text.split('\n').forEach((line, index) => {
    if (/\b(it|test|describe)\.(skip|only|todo)\(/.test(line)) {
      faults.push(`${file}:${index + 1} no test is skipped, singled out or left to do`);
    }
    if (/\bvi\.mock\(/.test(line)) faults.push(`${file}:${index + 1} no module mocks`);
  });
  return faults;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = tidyFaults();
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
