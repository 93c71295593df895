/**
 * Counts the source files that an event enters on its way from track() to the count of the query
 * API: what somebody has to know who wants to understand that way.
 *
 * A source file of a package is entered when a function of it runs between the call of track() and
 * the answer that counts the event, in the client or in the server, as V8's precise coverage says,
 * and not also when the same question is asked without an event: asking is not on its way.
 * Code that a module runs on loading is no function of it. Server and client run from the sources,
 * are started before, and talk over real HTTP; the event is the second one of both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type AllInOne, startAllInOne } from './entered-files/all-in-one.js';
import { createBrowserClient } from './entered-files/browser-client.js';
import type { EnteredFiles } from './entered-files/file-coverage.js';
import { type Client, travel } from './entered-files/journey.js';
import { createNodeClient } from './entered-files/node-client.js';

const help = `npm run entered-files -- [options]

Counts the source files that an event enters from track() to the count; exits with 1 if there are
more than its journey may enter. Needs Chromium (Debian: chromium).

  --list        print the files, by package
  --functions   and the functions of each that ran
  --no-bounds   only count
  --help
`;

interface Journey {
  readonly name: string;
  readonly maxFiles: number;
  create(server: AllInOne, folder: string): Client | Promise<Client>;
}

const journeys: readonly Journey[] = [
  { name: 'Node', maxFiles: 60, create: createNodeClient },
  { name: 'browser', maxFiles: 55, create: createBrowserClient },
];

const { values: options } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    functions: { type: 'boolean', default: false },
    'no-bounds': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) process.stdout.write(help);
else for (const journey of journeys) report(journey, await filesOf(journey));

async function filesOf({ create }: Journey): Promise<EnteredFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-journey-'));
  try {
    const server = await startAllInOne(folder);
    try {
      const client = await create(server, join(folder, 'queue'));
      return await travel(client, server).finally(() => client.close());
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report({ name, maxFiles }: Journey, files: EnteredFiles): void {
  console.log(`${name}: an event enters ${files.size} files (at most ${maxFiles})`);
  if (options.list || options.functions) printByPackage(files);
  if (options['no-bounds'] || files.size <= maxFiles) return;
  console.error(`${name}: ${files.size - maxFiles} files too many: ${files.size} > ${maxFiles}`);
  process.exitCode = 1;
}

function printByPackage(files: EnteredFiles): void {
  const byPackage = new Map<string, string[]>();
  for (const file of [...files.keys()].sort()) {
    const name = file.split('/')[1]!;
    byPackage.set(name, [...(byPackage.get(name) ?? []), file]);
  }
  for (const [name, ofPackage] of byPackage) {
    console.log(`  ${name}: ${ofPackage.length}`);
    for (const file of ofPackage) console.log(`    ${shownFile(file, files.get(file)!)}`);
  }
}

function shownFile(file: string, functions: readonly string[]): string {
  const path = file.split('/').slice(3).join('/');
  return options.functions
    ? `${path}  ${functions.map((name) => name.split('@')[0]).join(' ')}`
    : path;
}
