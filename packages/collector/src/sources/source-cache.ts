import { checkedJson, readCheckedJson } from '@holdfast/protocol';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { replaceFile } from '@holdfast/server-core/disk/durable-file';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import type { Logger } from '@holdfast/server-core/ports';
import * as z from 'zod';
import type { SourceRecord } from './source-record.js';

const recordSchema = z.object({
  source: z.string().min(1),
  writeKeys: z.array(z.string().min(1)),
  origins: z.array(z.string()),
  allowsCritical: z.boolean(),
  maxEventsPerSecond: z.number().positive().optional(),
});
const cacheSchema = z.object({ sources: z.array(recordSchema) });

/** The last known list of sources in a file, replaced as a whole. */
export class SourceCache {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #disk: Disk;
  #written = '';

  constructor(path: string, logger: Logger, disk: Disk = nodeDisk) {
    this.#path = path;
    this.#logger = logger;
    this.#disk = disk;
  }

  /** Undefined if there is none that can be used. */
  async read(): Promise<readonly SourceRecord[] | undefined> {
    try {
      const bytes = await this.#disk.readFile(this.#path);
      if (bytes === undefined) throw new Error(`${this.#path} is not there`);
      const json = readCheckedJson(bytes);
      if (json === undefined) throw new Error(`${this.#path} is damaged`);
      return cacheSchema.parse(JSON.parse(new TextDecoder().decode(json))).sources;
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
      await replaceFile(this.#disk, this.#path, checkedJson(new TextEncoder().encode(text)));
      this.#written = text;
    } catch (error) {
      this.#logger.log('warn', 'cache of sources not written', { error: String(error) });
    }
  }
}
