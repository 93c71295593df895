import type { SourceRecord } from '../source-records.js';

/** `unavailable`: the key is not known, and nobody can be asked whether it exists. */
export type KeyAnswer =
  | { readonly kind: 'known'; readonly record: SourceRecord }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };

/** Tells whose a write key is. */
export class KeyStore {
  #records = new Map<string, SourceRecord>();

  constructor(records: readonly SourceRecord[]) {
    this.replace(records);
  }

  /** Takes over a new list; keys that are not on it are refused from now on. */
  replace(records: readonly SourceRecord[]): void {
    this.#records = new Map(
      records.flatMap((record) => record.writeKeys.map((key) => [key, record] as const)),
    );
  }

  async find(writeKey: string): Promise<KeyAnswer> {
    const record = this.#records.get(writeKey);
    return record === undefined ? { kind: 'unknown' } : { kind: 'known', record };
  }
}
