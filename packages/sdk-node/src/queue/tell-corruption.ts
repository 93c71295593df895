import type { ClientCore } from '@holdfast/sdk-core';
import type { FileEventStore } from './file-event-store.js';

/** Has the client tell of records that cannot be read back: its app and, of those whose numbers are
 *  known, the collector. Of its own, flush() waits no longer. */
export function tellCorruption(store: FileEventStore, core: ClientCore): void {
  store.onCorrupt((count, known) => {
    core.emitter.report('storage_corrupt', `${count} stored records cannot be read back`);
    for (const { queueId, seqs } of known) {
      core.outcomes.settled(
        seqs.map((seq) => ({ queueId, seq })),
        'dropped',
      );
      core.tell(queueId, { droppedSeqs: { corrupt: seqs } });
    }
    core.emitter.emit('dropped', { reason: 'corrupt', count });
  });
}
