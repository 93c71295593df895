import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readDoc = (file: string) => readFileSync(join(root, file), 'utf8');
const foldersIn = (folder: string) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
const markdownIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

/** Of these, each MUST and each figure names what shows it. */
const proven = [
  'docs/architecture.md',
  'docs/delivery-guarantees.md',
  'docs/wire-protocol.md',
  'docs/security.md',
];
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...markdownIn('docs'),
  ...markdownIn('docs/internals'),
];

const noteStart = /^\[\^([\w-]+)\]: /;

/**
 * A block is a paragraph, a list item, a row of a table or a note. One that states a MUST or a
 * figure names what shows it: a test, as `path.test.ts` › "its name", or a command, as `npm run x`,
 * itself or by the mark of a note, `[^name]`.
 */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let isCode = false;
  let current = '';
  const end = () => {
    if (current.trim() !== '') blocks.push(current.trim());
    current = '';
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    if (isCode || line.startsWith('```')) continue;
    if (/^(#|\s*$|\s*[-*] |\s*\d+\. |\|)/.test(line) || noteStart.test(line)) end();
    if (!/^#|^\|[-| ]+\|$/.test(line)) current += `${line}\n`;
  }
  end();
  return blocks;
}

/** The notes of a document by their names, and its other blocks. */
function partsOf(file: string) {
  const blocks = blocksOf(readDoc(file));
  const notes = blocks.filter((block) => noteStart.test(block));
  return {
    claims: blocks.filter((block) => !noteStart.test(block)),
    notes: new Map(notes.map((note) => [noteStart.exec(note)![1]!, note] as const)),
    noteCount: notes.length,
  };
}

const figure =
  /\d[\d,.]*\s?(ms|s|min|minutes?|hours?|days?|kB|MB|MiB|GiB|kiB|KiB|bytes|%|events?|characters)\b|\d\s?%/;
const states = (block: string) => /\bMUST\b/.test(block) || figure.test(block);
const testReference = /`([\w./-]+\.test\.ts)`(?:\s+›\s+"([^"]+)")?/g;
const commandReference = /`(npm (?:run [\w:-]+|test|start)[^`]*|node [\w./-]+[^`]*)`/g;
const isShown = (text: string) =>
  text.match(testReference) !== null || text.match(commandReference) !== null;

const marksOf = (block: string) => [...block.matchAll(/\[\^([\w-]+)\]/g)].map(([, name]) => name!);

/** A claim with what its marks stand for. */
function withNotes(block: string, notes: ReadonlyMap<string, string>): string {
  return [block, ...marksOf(block).map((name) => notes.get(name) ?? '')].join('\n');
}

/** What is wrong with the references of a block. */
function referenceFaults(block: string): string[] {
  return [
    ...[...block.matchAll(testReference)].flatMap(([, file, name]) => testFaults(file!, name)),
    ...[...block.matchAll(commandReference)].flatMap(([, command]) => commandFaults(command!)),
  ];
}

/** A path may leave out `packages/`. */
function testFaults(file: string, name: string | undefined): string[] {
  const path = [join(root, file), join(root, 'packages', file)].find((each) => existsSync(each));
  if (path === undefined) return [`${file} does not exist`];
  if (name === undefined) return [];
  const text = readFileSync(path, 'utf8').replace(/\s+/g, ' ');
  return text.includes(name) ? [] : [`${file} has no test "${name}"`];
}

function commandFaults(command: string): string[] {
  const { scripts } = JSON.parse(readDoc('package.json')) as { scripts: Record<string, string> };
  const [program, first, second] = command.split(' ');
  if (program === 'node') return existsSync(join(root, first!)) ? [] : [`${first} does not exist`];
  const script = first === 'run' ? second! : first!;
  return scripts[script] ? [] : [`package.json has no script ${script}`];
}

/** Files of the repository that a document names, as `packages/…` or `docs/…`. */
function namedPaths(text: string): string[] {
  const code = text.replace(/^```.*?^```/gms, '');
  return [...code.matchAll(/`((?:packages|docs|test|scripts|examples|bench)\/[\w./-]+)`/g)]
    .map(([, path]) => path!)
    .filter((path) => !isNamedByReader(path));
}

/** Capitals stand for a name that whoever adds the file chooses. */
function isNamedByReader(path: string): boolean {
  return /\b[A-Z]{4,}\b/.test(path);
}

describe('the documents', () => {
  it.each(proven)('%s: each MUST and each figure names what shows it', (file) => {
    const { claims, notes } = partsOf(file);
    const bare = claims.filter((claim) => states(claim) && !isShown(withNotes(claim, notes)));
    expect(bare).toEqual([]);
  });

  it.each(documents)('%s: the tests and commands that it names exist', (file) => {
    const faults = blocksOf(readDoc(file)).flatMap((block) =>
      referenceFaults(block).map((fault) => `${fault}: ${block.slice(0, 120)}`),
    );
    expect(faults).toEqual([]);
  });

  it.each(documents)('%s: each mark has its note, and each note its mark', (file) => {
    const { claims, notes, noteCount } = partsOf(file);
    expect([...new Set(claims.flatMap(marksOf))].sort()).toEqual([...notes.keys()].sort());
    expect(noteCount).toBe(notes.size);
  });

  it('docs/security.md: each point names what shows it', () => {
    const { claims, notes } = partsOf('docs/security.md');
    const points = claims.filter((claim) => claim.startsWith('- '));
    expect(points.length).toBeGreaterThan(20);
    expect(points.filter((point) => !isShown(withNotes(point, notes)))).toEqual([]);
  });

  it.each(documents)('%s: its links and the paths in it lead somewhere', (file) => {
    const text = readDoc(file);
    const links = [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, link]) => link!);
    const folder = dirname(join(root, file));
    expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
    expect(namedPaths(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('CONTRIBUTING.md: says of files that are there where to add a thing', () => {
    const table = readDoc('CONTRIBUTING.md').split('## Where do I add a')[1]!;
    const paths = [...table.matchAll(/`((?:[a-z][\w-]*\/)+[\w.-]+)`/g)].map(([, path]) => path!);
    const isRooted = (path: string) => /^(docs|test|scripts)\//.test(path);
    const toCome = ['storage/src/metrics/storage-metrics.ts'];
    const missing = paths
      .filter((path) => !isNamedByReader(path) && !toCome.includes(path))
      .filter((path) => !existsSync(join(root, isRooted(path) ? path : `packages/${path}`)));
    expect(paths.length).toBeGreaterThan(80);
    expect(missing).toEqual([]);
  });

  it('CONTRIBUTING.md: its map has every package and every room', () => {
    const map = readDoc('CONTRIBUTING.md').split('```')[1]!;
    const rooms = foldersIn('packages').flatMap((name) =>
      foldersIn(`packages/${name}/src`).map((room) => `src/${room}/`),
    );
    const names = [...foldersIn('packages'), ...rooms];
    const toGo = ['src/core/'];
    expect(names.filter((name) => !map.includes(name) && !toGo.includes(name))).toEqual([]);
  });

  it('README shows the start and working code before line 25', () => {
    const lines = readDoc('README.md').split('\n').slice(0, 24).join('\n');
    expect(lines).toContain('npm start');
    expect(lines).toContain('analytics.track(');
  });
});
