import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { Logger } from '../ports.js';
import { syncFolder } from '../sinks/sync-folder.js';
import type { SourceRecord } from '../source-records.js';

const recordSchema = z.object({
  source: z.string().min(1),
  writeKeys: z.array(z.string().min(1)),
  origins: z.array(z.string()),
  allowsCritical: z.boolean(),
  maxEventsPerSecond: z.number().positive().exactOptional(),
});
const cacheSchema = z.object({ sources: z.array(recordSchema) });

/** The last known list of sources in a file, replaced as a whole. */
export class SourceCache {
  readonly #path: string;
  readonly #logger: Logger;
  #written = '';

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** Undefined if there is none that can be used. */
  async read(): Promise<readonly SourceRecord[] | undefined> {
    try {
      return cacheSchema.parse(JSON.parse(await readFile(this.#path, 'utf8'))).sources;
    } catch (error) {
      this.#logger.log('warn', 'cache of sources not read', { error: String(error) });
      return undefined;
    }
  }

  /** Never rejects: the list is in force whether or not it could be kept. */
  async write(sources: readonly SourceRecord[]): Promise<void> {
    const text = JSON.stringify({ sources });
    if (text === this.#written) return;
    try {
      const temporary = `${this.#path}.tmp`;
      const handle = await open(temporary, 'w');
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
      this.#written = text;
    } catch (error) {
      this.#logger.log('warn', 'cache of sources not written', { error: String(error) });
    }
  }
}
