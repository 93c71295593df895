/**
 * The rules of the house that no compiler or linter keeps: layers, clocks, sizes, names. Each
 * fault is a line that says where and what. Run by `npm test`; alone: `npx tsx scripts/tidy.ts`.
 */
import { pathToFileURL } from 'node:url';
import type ts from 'typescript';
import { unusedExports } from './tidy/exports.js';
import { folderPairs } from './tidy/folders.js';
import { layerFaults } from './tidy/layers.js';
import { nameFaults } from './tidy/names.js';
import { sizeFaults } from './tidy/sizes.js';
import { isCode, isProduct, isTest, readSourceTree } from './tidy/source-tree.js';
import { sourceFaults } from './tidy/sources.js';
import { testFaults } from './tidy/tests.js';

/** Every fault of the tree, as `file:line rule`. */
export function tidyFaults(): string[] {
  const tree = readSourceTree();
  const ofFiles = [...tree]
    .filter(([file]) => isCode(file))
    .flatMap(([file, source]) => faultsOfFile(file, source));
  return [...ofFiles, ...folderPairs(tree), ...unusedExports(tree)];
}

function faultsOfFile(file: string, source: ts.SourceFile): string[] {
  const faults = [...sizeFaults(file, source), ...nameFaults(file)];
  if (isProduct(file)) faults.push(...layerFaults(file, source), ...sourceFaults(file, source));
  if (isTest(file)) faults.push(...testFaults(file, source.text));
  return faults;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = tidyFaults();
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
