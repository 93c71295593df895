/**
 * Reads the members of a class's `#parts` where they are used. The sources name them first, as in
 * `const { clock, plan } = this.#parts;`, for whoever reads; in a bundle `this.#parts.clock`
 * repeats itself, and costs less than a variable that has another name in each function.
 *
 * Holds because `#parts`, and all that is in it, is readonly.
 */
import ts from 'typescript';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const base = 'this.#parts';

/** The text of a source without variables for the members of `#parts`. */
export function inlineParts(path: string, text: string): string {
  if (!text.includes(`} = ${base};`)) return text;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const checker = checkerOf(source);
  const edits = nodesOf(source)
    .filter(isOfParts)
    .flatMap((statement) => inlined(statement, source, checker));
  return edited(text, edits);
}

/** A statement that does nothing but take members out of `#parts`. */
function isOfParts(node: ts.Node): node is ts.VariableStatement {
  return ts.isVariableStatement(node) && /^const \{[^:=.]*\} = this\.#parts;$/.test(node.getText());
}

function inlined(
  statement: ts.VariableStatement,
  source: ts.SourceFile,
  checker: ts.TypeChecker,
): Edit[] {
  const { name: pattern } = statement.declarationList.declarations[0]!;
  const names = (pattern as ts.ObjectBindingPattern).elements.map(({ name }) => name);
  const symbols = new Set(names.map((name) => checker.getSymbolAtLocation(name)));
  const uses = nodesOf(source)
    .filter(ts.isIdentifier)
    .filter((node) => !names.includes(node));
  return [
    { start: statement.getStart(), end: statement.end, text: '' },
    ...uses.flatMap((node) => {
      const [start, end] = [node.getStart(), node.end];
      if (ts.isShorthandPropertyAssignment(node.parent)) {
        const isOurs = symbols.has(checker.getShorthandAssignmentValueSymbol(node.parent));
        return isOurs ? [{ start, end, text: `${node.text}: ${base}.${node.text}` }] : [];
      }
      const isOurs = symbols.has(checker.getSymbolAtLocation(node));
      return isOurs ? [{ start, end, text: `${base}.${node.text}` }] : [];
    }),
  ];
}

function edited(text: string, edits: readonly Edit[]): string {
  let [result, at] = ['', 0];
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node];
  node.forEachChild((child) => void nodes.push(...nodesOf(child)));
  return nodes;
}

/** Knows which name stands for which variable of this one file. */
function checkerOf(source: ts.SourceFile): ts.TypeChecker {
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === source.fileName ? source : undefined),
    fileExists: (name) => name === source.fileName,
    readFile: () => undefined,
    writeFile: () => undefined,
    getDefaultLibFileName: () => '',
    getCurrentDirectory: () => '',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  };
  const options = { noLib: true, noResolve: true, target: ts.ScriptTarget.ES2022 };
  return ts.createProgram([source.fileName], options, host).getTypeChecker();
}
