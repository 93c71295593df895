/**
 * No two folders of a package import each other: who reads one of them would have to read both.
 * A folder inside another one counts as another. The files of `src` itself, which wire the folders
 * together or are what all of them share, count each for itself.
 */
import { dirname } from 'node:path/posix';
import { importOf, isProduct, resolveImport, type SourceTree, walk } from './source-tree.js';

/** Files inside a folder that wire others together: what they import makes no pair. */
export const wiringFiles: readonly string[] = ['packages/collector/src/sinks/sink-kinds.ts'];

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Each pair of folders that import each other, as a line with every such import. */
export function folderPairs(tree: SourceTree): string[] {
  const imports = [...tree.keys()]
    .filter((file) => isProduct(file) && !wiringFiles.includes(file))
    .flatMap((file) => importsOf(tree, file))
    .filter(({ from, to }) => areTwoParts(from, to));
  const byParts = new Map<string, Import[]>();
  for (const each of imports) {
    const key = `${partOf(each.from)} ${partOf(each.to)}`;
    byParts.set(key, [...(byParts.get(key) ?? []), each]);
  }
  return [...byParts].sort().flatMap(([key, forth]) => {
    const [a, b] = key.split(' ') as [string, string];
    const back = byParts.get(`${b} ${a}`);
    return a < b && back !== undefined ? [pairText(a, b, [...forth, ...back])] : [];
  });
}

function importsOf(tree: SourceTree, from: string): Import[] {
  const targets = new Set<string>();
  walk(tree.get(from)!, (node) => {
    const specifier = importOf(node);
    const to = specifier === undefined ? undefined : resolveImport(tree, from, specifier);
    if (to !== undefined) targets.add(to);
  });
  return [...targets].map((to) => ({ from, to }));
}

function areTwoParts(from: string, to: string): boolean {
  const areWiring = isWiring(from) && isWiring(to);
  return !areWiring && partOf(from) !== partOf(to) && sourceOf(from) === sourceOf(to);
}

/** A file's folder, but the file itself where that is `src`. */
function partOf(file: string): string {
  return isWiring(file) ? file : dirname(file);
}

function isWiring(file: string): boolean {
  return dirname(file) === sourceOf(file);
}

/** `packages/x/src` of a file in it. */
function sourceOf(file: string): string {
  return file.split('/').slice(0, 3).join('/');
}

function pairText(a: string, b: string, imports: readonly Import[]): string {
  const source = sourceOf(a);
  const short = (path: string) => path.slice(source.length + 1);
  const arrows = imports.map(({ from, to }) => `${short(from)} → ${short(to)}`);
  return `${source}: ${short(a)} and ${short(b)} import each other (${arrows.join(', ')})`;
}
