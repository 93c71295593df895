import type {
  Conversion,
  SegmentConverter,
} from '../../../packages/storage/src/archive/segment-converter.js';

/** A converter with nothing to convert, for archives of which only the manifest matters. */
export class EmptyConverter implements SegmentConverter {
  async refresh(): Promise<void> {}

  takenBytes(): number {
    return 0;
  }

  damagedBytes(): number {
    return 0;
  }

  convert<Result>(
    _segments: readonly string[],
    work: (conversion: Conversion) => Promise<Result>,
  ): Promise<Result> {
    return work({
      rowCount: async () => 0,
      partitions: async () => [],
      filesWithLaterCopies: async () => [],
      write: async () => [],
      writeCopiedSeqs: async () => false,
      missingFrom: async () => 0,
    });
  }

  async show(): Promise<void> {}

  async runningQueriesEnd(): Promise<void> {}
}
