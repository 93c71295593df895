import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const proven = [
  'docs/architecture.md',
  'docs/delivery-guarantees.md',
  'docs/wire-protocol.md',
  'docs/limits.md',
  'docs/security.md',
];

/**
 * A block is a paragraph, a list item or a row of a table. One that states a MUST or a figure names
 * what shows it: a test, as `path.test.ts` › "its name", or a command, as `npm run x`.
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
    if (/^(#|\s*$|\s*[-*] |\s*\d+\. |\|)/.test(line)) end();
    if (!/^#|^\|[-| ]+\|$/.test(line)) current += `${line}\n`;
  }
  end();
  return blocks;
}

const figure =
  /\d[\d,.]*\s?(ms|s|min|minutes?|hours?|days?|kB|MB|MiB|GiB|kiB|KiB|bytes|%|events?|characters)\b|\d\s?%/;
const states = (block: string) => /\bMUST\b/.test(block) || figure.test(block);
const testReference = /`([\w./-]+\.test\.ts)`(?:\s+›\s+"([^"]+)")?/g;
const commandReference = /`(npm (?:run [\w:-]+|test|start)[^`]*|node [\w./-]+[^`]*)`/g;

/** What is wrong with the references of a block. */
function referenceFaults(block: string): string[] {
  const tests = [...block.matchAll(testReference)];
  const commands = [...block.matchAll(commandReference)];
  if (states(block) && tests.length + commands.length === 0) return ['names no test or command'];
  return [
    ...tests.flatMap(([, file, name]) => testFaults(file!, name)),
    ...commands.flatMap(([, command]) => commandFaults(command!)),
  ];
}

function testFaults(file: string, name: string | undefined): string[] {
  const path = join(root, file);
  if (!existsSync(path)) return [`${file} does not exist`];
  if (name === undefined) return [];
  const text = readFileSync(path, 'utf8').replace(/\s+/g, ' ');
  return text.includes(name) ? [] : [`${file} has no test "${name}"`];
}

function commandFaults(command: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [program, first, second] = command.split(' ');
  if (program === 'node') return existsSync(join(root, first!)) ? [] : [`${first} does not exist`];
  const script = first === 'run' ? second! : first!;
  return scripts[script] ? [] : [`package.json has no script ${script}`];
}

describe('the documents', () => {
  it.each(proven)('%s: each MUST and each figure names what shows it', (file) => {
    const faults = blocksOf(readFileSync(join(root, file), 'utf8')).flatMap((block) =>
      referenceFaults(block).map((fault) => `${fault}: ${block.slice(0, 120)}`),
    );
    expect(faults).toEqual([]);
  });

  it('docs/security.md: each point names what shows it', () => {
    const points = blocksOf(readFileSync(join(root, 'docs/security.md'), 'utf8')).filter((block) =>
      block.startsWith('- '),
    );
    expect(points.length).toBeGreaterThan(20);
    const bare = points.filter((point) => !/`[\w./-]+\.test\.ts`\s+›|`npm run fuzz`/.test(point));
    expect(bare).toEqual([]);
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...proven])(
    '%s: its links lead somewhere',
    (file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const links = [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, link]) => link!);
      const folder = dirname(join(root, file));
      expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
    },
  );

  it('README shows the start and working code before line 25', () => {
    const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n').slice(0, 24).join('\n');
    expect(lines).toContain('npm start');
    expect(lines).toContain('analytics.track(');
  });
});
