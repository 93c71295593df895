import { basename } from 'node:path';
import ts from 'typescript';
import { lineOf, walk } from './source-tree.js';

/** What source of a package may not say: what time it is, chance, and exports without a name. */
export function sourceFaults(file: string, source: ts.SourceFile): string[] {
  const faults: string[] = [];
  const say = (node: ts.Node, rule: string) =>
    faults.push(`${file}:${lineOf(source, node)} ${rule}`);
  const mayTellTime = /-(clock|random)\.ts$/.test(file) || basename(file) === 'clock.ts';
  walk(source, (node) => {
    if (!mayTellTime && isImpure(node))
      say(node, `${node.getText(source)} only in *-clock, *-random`);
    if (ts.isExportAssignment(node)) say(node, 'no default exports');
    if (ts.isExportDeclaration(node) && !node.exportClause) say(node, 'no export *');
  });
  return faults;
}

function isImpure(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) {
    return node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
  }
  if (!ts.isPropertyAccessExpression(node)) return false;
  const text = node.getText();
  return text === 'Date.now' || text === 'Math.random' || text === 'performance.now';
}
