import ts from 'typescript';
import { importOf, resolveImport, type SourceTree, walk } from './source-tree.js';

/** A name that is imported from a file; `*`: any of its names may be. */
export interface ImportedName {
  readonly file: string;
  readonly name: string;
}

/** What a file imports from files of the tree, by name. */
export function namesImported(tree: SourceTree, user: string): ImportedName[] {
  const source = tree.get(user)!;
  const imported: ImportedName[] = [];
  walk(source, (node) => {
    const specifier = importOf(node);
    const file = specifier === undefined ? undefined : resolveImport(tree, user, specifier);
    if (file === undefined) return;
    for (const name of namesOf(source, node)) imported.push({ file, name });
  });
  return imported;
}

function namesOf(source: ts.SourceFile, node: ts.Node): readonly string[] {
  if (ts.isImportDeclaration(node)) return namesOfStatement(source, node.importClause);
  if (ts.isExportDeclaration(node)) return elementNames(node.exportClause);
  if (ts.isImportTypeNode(node)) return node.qualifier ? [firstName(node.qualifier)] : ['*'];
  return namesOfCall(node);
}

function namesOfStatement(
  source: ts.SourceFile,
  clause: ts.ImportClause | undefined,
): readonly string[] {
  const bindings = clause?.namedBindings;
  if (bindings === undefined) return [];
  if (ts.isNamespaceImport(bindings)) return namesOfNamespace(source, bindings.name);
  return elementNames(bindings);
}

function elementNames(
  clause: ts.NamedImports | ts.NamedExportBindings | undefined,
): readonly string[] {
  if (clause === undefined || ts.isNamespaceExport(clause)) return ['*'];
  return clause.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

/** `limits.a` and `limits.b`; `*` where the namespace is used as a whole. */
function namesOfNamespace(source: ts.SourceFile, namespace: ts.Identifier): readonly string[] {
  const names = new Set<string>();
  walk(source, (node) => {
    if (!ts.isIdentifier(node) || node.text !== namespace.text || node === namespace) return;
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent)) {
      // In `other.limits` the word is somebody else's.
      if (parent.expression === node) names.add(parent.name.text);
    } else if (ts.isQualifiedName(parent)) {
      if (parent.left === node) names.add(parent.right.text);
    } else names.add('*');
  });
  return [...names];
}

function firstName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : firstName(name.left);
}

/** `const { a, b } = await import('…')`, or everything. */
function namesOfCall(call: ts.Node): readonly string[] {
  const { parent } = call;
  const declaration = ts.isAwaitExpression(parent) ? parent.parent : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration)) return ['*'];
  if (!ts.isObjectBindingPattern(declaration.name)) return ['*'];
  return declaration.name.elements.map(({ propertyName, name }) =>
    (propertyName ?? name).getText(),
  );
}
