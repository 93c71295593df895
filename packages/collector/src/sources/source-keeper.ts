import type { SourceRecord } from './source-record.js';

/** Who keeps the list of sources and keys: a configuration, a database. */
export interface SourceKeeper {
  /** The whole list. Rejects if the keeper cannot be asked. */
  load(): Promise<readonly SourceRecord[]>;
}
