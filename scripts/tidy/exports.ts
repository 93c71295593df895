/**
 * Source of a package exports what other product code imports: source, an example, or those who
 * install the package. What tests alone import is code that no product runs, and an export that
 * nobody imports is a door to nowhere.
 */
import ts from 'typescript';
import { namesImported } from './imported-names.js';
import { isCode, isProduct, lineOf, type SourceTree, walk } from './source-tree.js';

/** What tests compare the product with: the wire's reference is a part of the protocol. */
const references = ['packages/protocol/src/schemas.ts'];

interface PackageFile {
  readonly exports?: unknown;
  readonly bin?: unknown;
  readonly private?: boolean;
}

interface Export {
  readonly name: string;
  readonly node: ts.Node;
}

/** Each export that no product code imports, as `file:line name rule`. */
export function unusedExports(tree: SourceTree): string[] {
  const code = [...tree.keys()].filter(isCode);
  const isUser = (file: string) => isProduct(file) || file.startsWith('examples/');
  const byProducts = usesBy(tree, code.filter(isUser));
  const byAll = usesBy(tree, code);
  const entries = new Set([...publicEntries(tree), ...references]);
  return code
    .filter((file) => isProduct(file) && !entries.has(file))
    .flatMap((file) => {
      const source = tree.get(file)!;
      return exportsOf(source)
        .filter(({ name }) => !isUsed(byProducts, file, name))
        .flatMap(({ name, node }) => {
          const rule = unused(source, name, isUsed(byAll, file, name));
          return rule === undefined ? [] : [`${file}:${lineOf(source, node)} ${name} ${rule}`];
        });
    });
}

/** A type runs nowhere: one that its own file or a test names is a name for whoever calls. And what
 *  its own file runs may be tested by itself. */
function unused(source: ts.SourceFile, name: string, isTested: boolean): string | undefined {
  const isRun = isUsedInside(source, name);
  if (!isRun && !isTested) return 'is used by nobody';
  if (isType(source, name) || (isRun && isTested)) return undefined;
  return isTested ? 'is used by tests alone' : 'is used by nobody but its own file';
}

function isType(source: ts.SourceFile, name: string): boolean {
  return source.statements.some(
    (statement) =>
      (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) &&
      statement.name.text === name,
  );
}

/** By file, the names that are imported from it; `*` stands for all. */
function usesBy(tree: SourceTree, users: readonly string[]): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  for (const user of users) {
    for (const { file, name } of namesImported(tree, user)) {
      if (file === user) continue;
      uses.set(file, (uses.get(file) ?? new Set()).add(name));
    }
  }
  return uses;
}

function isUsed(uses: Map<string, Set<string>>, file: string, name: string): boolean {
  const names = uses.get(file);
  return names !== undefined && (names.has(name) || names.has('*'));
}

/** What the `exports` and `bin` of a package that is published are built from, and its index: a
 *  private package has no users but ours. */
function publicEntries(tree: SourceTree): Set<string> {
  const entries = new Set<string>();
  for (const [file, { text }] of tree) {
    const folder = /^(packages\/[^/]+)\/package\.json$/.exec(file)?.[1];
    if (folder === undefined) continue;
    const { exports, bin, private: isPrivate } = JSON.parse(text) as PackageFile;
    if (isPrivate) continue;
    entries.add(`${folder}/src/index.ts`);
    for (const [, path] of JSON.stringify([exports, bin]).matchAll(/"\.\/(?:dist|src)\/([^"]+)"/g))
      entries.add(`${folder}/src/${path!.replace(/(\.d)?\.[cm]?[jt]s$/, '')}.ts`);
  }
  return entries;
}

function exportsOf(source: ts.SourceFile): Export[] {
  return source.statements.flatMap((statement): Export[] => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement;
      if (!exportClause || !ts.isNamedExports(exportClause)) return [];
      return exportClause.elements.map((node) => ({ name: node.name.text, node }));
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    return isExported ? namesDeclared(statement).map((node) => ({ name: node.text, node })) : [];
  });
}

function namesDeclared(statement: ts.Statement): ts.Identifier[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => identifiersOf(name));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isNamed && statement.name ? [statement.name] : [];
}

function identifiersOf(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((each) =>
    ts.isOmittedExpression(each) ? [] : identifiersOf(each.name),
  );
}

function isUsedInside(source: ts.SourceFile, name: string): boolean {
  let mentions = 0;
  walk(source, (node) => {
    if (ts.isIdentifier(node) && node.text === name) mentions++;
  });
  return mentions > 1;
}
