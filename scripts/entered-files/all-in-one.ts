/** The server that the event goes to, in this process: collector, archive and queries. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastServer } from '@holdfast/holdfast';
import { silentLogger } from '@holdfast/server-core/json-logger';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';

export const writeKey = 'journey';

/** Nobody looks at the page; the server only wants its files to be there. */
const pageFiles = ['index.html', 'page.css', 'icon.svg', 'app.js', 'holdfast.min.js'];

export interface AllInOne {
  readonly url: string;
  /** How often the query API has counted the event. */
  countOf(event: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts it on a folder of its own. */
export async function startAllInOne(folder: string): Promise<AllInOne> {
  const pageFolder = join(folder, 'page');
  await mkdir(pageFolder, { recursive: true });
  for (const name of pageFiles) await writeFile(join(pageFolder, name), '');
  const server = new HoldfastServer({
    collector: {
      sources: [{ source: 'journey', writeKeys: [writeKey], origins: [], allowsCritical: false }],
      port: 0,
      adminPort: 0,
    },
    dataFolder: join(folder, 'data'),
    pageFolder,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  const url = `http://127.0.0.1:${await server.start()}`;
  return { url, countOf: (event) => countOf(url, event), stop: () => server.stop() };
}

/** Each event's own question: an answer that was given before is not asked of storage again. */
async function countOf(url: string, event: string): Promise<number> {
  const limit = event.length;
  const answer = await fetch(`${url}/v1/metrics/top?by=event&limit=${limit}`);
  const { rows } = (await answer.json()) as { rows: { value: string; count: number }[] };
  return rows.find(({ value }) => value === event)?.count ?? 0;
}
