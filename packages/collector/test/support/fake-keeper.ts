import type { SourceKeeper } from '../../src/sources/source-keeper.js';
import type { SourceRecord } from '../../src/sources/source-record.js';

/** A list that can be away, or slow for ever. */
export class FakeKeeper implements SourceKeeper {
  records: readonly SourceRecord[] = [];
  state: 'there' | 'away' | 'silent' = 'there';
  loads = 0;

  load(): Promise<readonly SourceRecord[]> {
    this.loads++;
    if (this.state === 'silent') return new Promise(() => undefined);
    if (this.state === 'away') return Promise.reject(new Error('connection refused'));
    return Promise.resolve(this.records);
  }
}
