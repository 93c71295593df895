import ts from 'typescript';
import { isTest, lineOf, walk } from './source-tree.js';

const maxFileLines = 400;
const maxFunctionLines = 60;
const maxLineLength = 100;

/** Tests may be as long as they like. */
export function sizeFaults(file: string, source: ts.SourceFile): string[] {
  if (isTest(file)) return [];
  const lines = source.text.split('\n');
  const faults: string[] = [];
  if (lines.length - 1 > maxFileLines) {
    faults.push(`${file}:1 has ${lines.length - 1} lines; a file ends at ${maxFileLines}`);
  }
  lines.forEach((line, index) => {
    const isExempt = /https?:\/\//.test(line);
    if (line.length > maxLineLength && !isExempt) {
      faults.push(`${file}:${index + 1} is ${line.length} wide; a line ends at ${maxLineLength}`);
    }
  });
  walk(source, (node) => faults.push(...functionFaults(file, source, node)));
  return faults;
}

function functionFaults(file: string, source: ts.SourceFile, node: ts.Node): string[] {
  if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return [];
  const start = lineOf(source, node);
  const end = source.getLineAndCharacterOfPosition(node.end).line + 1;
  const lines = end - start + 1;
  if (lines <= maxFunctionLines) return [];
  return [`${file}:${start} function of ${lines} lines; one ends at ${maxFunctionLines}`];
}
