// Keeps a committed copy of each public package's declarations, so that a change of the public API
// shows in review. `npm run api` writes them; a test compares them.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** The public entries, each with its built declarations and the committed copy. */
export const reports = [
  ['sdk-browser', 'index', 'api'],
  ['sdk-browser', 'dead-letters', 'dead-letters-api'],
  ['sdk-node', 'index', 'api'],
  ['collector', 'index', 'api'],
].map(([name, entry, report]) => ({
  name: `${name} ${entry}`,
  built: fileURLToPath(new URL(`packages/${name}/dist/${entry}.d.ts`, root)),
  report: fileURLToPath(new URL(`packages/${name}/${report}.report.d.ts`, root)),
}));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { built, report } of reports) writeFileSync(report, readFileSync(built));
}
