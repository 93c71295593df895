import type { SourceChange } from '../../support/source-change.js';

/** A fault put into the children, to see that a part of the run notices. */
export interface Break {
  readonly part: 'kills' | 'power';
  /** Only the server with the archive has it. */
  readonly isInArchive?: boolean;
  readonly change: SourceChange;
}

const queue = 'packages/sdk-node/src/queue';
const sinks = 'packages/collector/src/sinks/file';
const archive = 'packages/storage/src/archive';

export const breaks: Readonly<Record<string, Break>> = {
  'stored-before-write': {
    part: 'kills',
    change: {
      file: `${queue}/file-event-store.ts`,
      from: 'const extents = this.#write(records);',
      to: `setTimeout(() => this.#publish(this.#write(records)), 10);
        if (records.length > 0) return Promise.resolve();
        const extents = this.#write(records);`,
    },
  },
  'acked-before-write': {
    part: 'kills',
    change: {
      file: `${sinks}/file-sink.ts`,
      from: 'await this.#log.append(Buffer.concat(group.map(({ lines }) => lines)));',
      to: `const late = Buffer.concat(group.map(({ lines }) => lines));
        const wait = () => new Promise((resolve) => setTimeout(resolve, 10));
        globalThis.last = Promise.resolve(globalThis.last).then(wait);
        globalThis.last = globalThis.last.then(() => this.#log.append(late));`,
    },
  },
  'settled-before-sent': {
    part: 'kills',
    change: {
      file: `${queue}/queue-section.ts`,
      from: 'return allowance.taken;',
      to: `for (const { segment, ordinal } of allowance.taken) {
        segment?.writeAcks(this.#parts.fileSystem, [{ ordinal, ending: 1 }]);
      }
      return allowance.taken;`,
    },
  },
  'deleted-before-settled': {
    part: 'kills',
    change: {
      file: `${queue}/queue-section.ts`,
      from: '!segment.isFinal || segment.unsettledCount > 0',
      to: '!segment.isFinal',
    },
  },
  'new-id-when-read-back': {
    part: 'kills',
    change: {
      file: `${queue}/held-record.ts`,
      from: 'this.json = record.json;',
      to: `const newId = '"eventId":"' + Math.random().toString(16).padEnd(10, '0').slice(2, 10);
        this.json = Buffer.from(record.json.toString().replace(/"eventId":"......../, newId));`,
    },
  },
  'stored-before-fdatasync': {
    part: 'power',
    change: {
      file: `${queue}/group-sync.ts`,
      from: '...files.map((file) => file.sync()),',
      to: '',
    },
  },
  'acked-before-fdatasync': {
    part: 'power',
    change: { file: `${sinks}/segment-log.ts`, from: 'await this.#file.datasync();', to: '' },
  },
  'manifest-not-synced': {
    part: 'power',
    isInArchive: true,
    change: {
      file: 'packages/server-core/src/disk/durable-file.ts',
      from: 'await file.datasync();',
      to: '',
    },
  },
  'parquet-not-synced': {
    part: 'power',
    isInArchive: true,
    change: { file: `${archive}/archiver.ts`, from: 'await file.datasync();', to: '' },
  },
  'segments-deleted-before-swap': {
    part: 'power',
    isInArchive: true,
    change: {
      file: `${archive}/archiver.ts`,
      from: 'await this.#manifests.replace(next);',
      to: `this.#manifest = next;
        await this.#deleteArchivedSegments();
        await this.#manifests.replace(next);`,
    },
  },
};
