import { FileSink } from '../../src/sinks/file-sink.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import { eventSinkContract } from '../contract/event-sink-contract.js';
import { dataFolder } from '../support/data-folder.js';
import { storedEventIds } from '../support/read-segments.js';

eventSinkContract('MemorySink', async () => {
  const sink = new MemorySink();
  return { sink, storedEventIds: async () => sink.events.map(({ eventId }) => eventId) };
});

eventSinkContract('FileSink', async () => {
  const folder = await dataFolder();
  return { sink: new FileSink({ folder }), storedEventIds: async () => storedEventIds(folder) };
});
