import type { SourceKeeper } from './source-keeper.js';
import type { SourceRecord } from './source-record.js';

/** Keeps the sources that the options name: it is always there. */
export class ConfigKeeper implements SourceKeeper {
  #sources: readonly SourceRecord[];

  constructor(sources: readonly SourceRecord[]) {
    this.#sources = sources;
  }

  /** Takes over changed write keys, origins and permissions. */
  replace(sources: readonly SourceRecord[]): void {
    this.#sources = sources;
  }

  async load(): Promise<readonly SourceRecord[]> {
    return this.#sources;
  }
}
