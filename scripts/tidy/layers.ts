/** What may import what: the packages are layers, and no import runs upwards. */
import ts from 'typescript';
import { importOf, lineOf, walk } from './source-tree.js';

/** The protocol's entries for servers. */
const wire = [
  '@holdfast/protocol',
  '@holdfast/protocol/schemas',
  '@holdfast/protocol/msgpack',
  '@holdfast/protocol/file-segment',
];

/** What each package's source may import of ours; the compiler's references say the same, but for
 *  subpaths. One that ends in a slash stands for all that is below. */
const layers: Record<string, readonly string[]> = {
  protocol: [],
  'sdk-core': ['@holdfast/protocol'],
  'sdk-browser': ['@holdfast/protocol', '@holdfast/sdk-core', '@holdfast/sdk-core/'],
  'sdk-node': [
    '@holdfast/protocol',
    '@holdfast/protocol/msgpack',
    '@holdfast/sdk-core',
    '@holdfast/sdk-core/',
  ],
  'server-core': ['@holdfast/protocol'],
  collector: [...wire, '@holdfast/server-core/'],
  storage: [...wire, '@holdfast/server-core/'],
  holdfast: [
    ...wire,
    '@holdfast/server-core/',
    '@holdfast/storage/',
    '@holdfast/collector',
    '@holdfast/collector/options',
  ],
};

/** Third-party packages that a package's source may import; Node built-ins are judged by types. */
const libraries: Record<string, readonly string[]> = {
  protocol: ['zod', 'msgpackr'],
  'sdk-core': ['uuid'],
  'sdk-browser': ['uuid'],
  'sdk-node': ['uuid', 'undici', 'msgpackr'],
  'server-core': ['zod'],
  collector: ['zod', 'kafkajs', 'msgpackr', 'uuid'],
  storage: ['zod', '@duckdb/node-api'],
  holdfast: ['zod'],
};

/** `file` is source of a package. */
export function layerFaults(file: string, source: ts.SourceFile): string[] {
  const packageName = file.split('/')[1]!;
  const faults: string[] = [];
  walk(source, (node) => {
    // A type's `import('…')` loads nothing: the page of the all-in-one names its script's type so.
    const specifier = ts.isImportTypeNode(node) ? undefined : importOf(node);
    const rule = specifier === undefined ? undefined : importFault(packageName, file, specifier);
    if (rule) faults.push(`${file}:${lineOf(source, node)} ${rule}`);
  });
  return faults;
}

function importFault(packageName: string, file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    const isPure = packageName === 'protocol' || packageName === 'sdk-core';
    return isPure ? `${packageName} does no I/O: no ${specifier}` : undefined;
  }
  if (specifier.startsWith('.')) {
    const depth = file.split('/').length - 4;
    const ups = specifier.split('/').filter((part) => part === '..').length;
    return ups > depth ? `${specifier} leaves the package's src` : undefined;
  }
  if (specifier.startsWith('@holdfast/')) {
    const own = layers[packageName] ?? [];
    const isBelow = own.some((each) => each.endsWith('/') && specifier.startsWith(each));
    if (isBelow || own.includes(specifier)) return undefined;
    return `${packageName} may not import ${specifier}`;
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const allowed = libraries[packageName] ?? [];
  return allowed.includes(name) ? undefined : `${packageName} may not depend on ${name}`;
}
