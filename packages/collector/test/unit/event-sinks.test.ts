import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { FailingDisk } from '../../../server-core/test/support/failing-disk.js';
import { describeEventSink } from '../../src/sinks/event-sink.contract.js';
import { FileSink } from '../../src/sinks/file/file-sink.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import { storedRecords } from '../support/read-segments.js';

describeEventSink('MemorySink', async () => {
  const sink = new MemorySink();
  return {
    sink,
    readStored: async () =>
      sink.events.map(({ eventId, bytes, headers }) => ({
        eventId,
        value: Buffer.from(bytes).toString(),
        headers: { ...headers },
      })),
    breakTier: async () => {
      sink.isDown = true;
    },
    mendTier: async () => {
      sink.isDown = false;
    },
    dispose: async () => undefined,
  };
});

describeEventSink('FileSink', async () => {
  const folder = await dataFolder();
  const disk = new FailingDisk();
  return {
    sink: new FileSink({ folder, disk: disk.disk }),
    readStored: async () => storedRecords(folder),
    breakTier: async () => {
      disk.fault = 'sync fails';
    },
    mendTier: async () => disk.mend(),
    dispose: async () => undefined,
  };
});
