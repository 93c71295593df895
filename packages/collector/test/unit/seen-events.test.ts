import { MemorySeenEvents } from '../../src/dedup/memory-seen-events.js';
import { describeSeenEvents } from '../../src/dedup/seen-events.contract.js';

describeSeenEvents('MemorySeenEvents', async () => ({
  seen: new MemorySeenEvents(10_000),
  dispose: async () => undefined,
}));
