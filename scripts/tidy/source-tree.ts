/** The files that the rules judge, and how one names another. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** By their path from the root of the repository. */
export type SourceTree = ReadonlyMap<string, ts.SourceFile>;

/** What git would commit: code, and what each package says of itself. */
export function readSourceTree(): SourceTree {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--'];
  const patterns = ['*.ts', '*.mjs', 'packages/*/package.json'];
  const files = execFileSync('git', [...args, ...patterns], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !file.includes('/golden/') && !file.endsWith('.report.d.ts'))
    .filter((file) => existsSync(join(root, file)));
  return sourceTree(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** The tree of these files and texts. */
export function sourceTree(texts: Iterable<readonly [file: string, text: string]>): SourceTree {
  const latest = ts.ScriptTarget.Latest;
  return new Map(
    [...texts].map(([file, text]) => [file, ts.createSourceFile(file, text, latest, true)]),
  );
}

export function isCode(file: string): boolean {
  return /\.(ts|mjs)$/.test(file);
}

export function isTest(file: string): boolean {
  return /\.(test|contract)\.ts$|\/test\//.test(file) || file.startsWith('test/');
}

/** Source that runs in a product: of a package, and no test beside it. */
export function isProduct(file: string): boolean {
  return /^packages\/[^/]+\/src\/.+\.ts$/.test(file) && !isTest(file);
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** What a node imports: a statement, a re-export, `import()`, or a type's `import('…')`. */
export function importOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined;
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isCall && node.arguments[0] ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node): string | undefined {
  return ts.isStringLiteral(node) ? node.text : undefined;
}

/** The file that an import means; undefined for a library. */
export function resolveImport(tree: SourceTree, from: string, to: string): string | undefined {
  if (to.startsWith('.')) return firstOf(tree, normalize(join(dirname(from), to)));
  const [scope, name, ...subpath] = to.split('/');
  if (scope !== '@holdfast') return undefined;
  return firstOf(tree, join('packages', name ?? '', 'src', ...subpath));
}

function firstOf(tree: SourceTree, path: string): string | undefined {
  const stem = path.replace(/\.js$/, '');
  return [path, `${stem}.ts`, `${stem}/index.ts`].find((file) => tree.has(file));
}
