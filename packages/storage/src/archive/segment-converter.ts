/**
 * What turns segments into the archive's files, and shows queries one or the other: DuckDB, or a
 * model of it. The archiver decides; this reads and writes rows.
 */
export interface SegmentConverter {
  /** Resolves once all that was durable at the time of the call has been taken over. */
  refresh(): Promise<void>;
  /** Bytes of a segment that have been taken over. */
  takenBytes(segment: string): number;
  /** Bytes of a segment, among those taken over, that were no event. */
  damagedBytes(segment: string): number;
  /** Lets `work` convert what was taken over of these segments. */
  convert<Result>(
    segments: readonly string[],
    work: (conversion: Conversion) => Promise<Result>,
  ): Promise<Result>;
  /** Lets queries read the archive's files instead of its segments, from one moment to the next;
   *  the segments are never taken over again. */
  show(archive: ShownArchive): Promise<void>;
  /** Resolves when the queries that run now have ended. */
  runningQueriesEnd(): Promise<void>;
}

/**
 * One conversion: a step a call, over explicit lists of files. `fresh` are the events of the
 * segments, `rewritten` the files that are written again with them, `kept` the other files of the
 * touched partitions.
 */
export interface Conversion {
  /** How many events `fresh` are, copies included. */
  rowCount(): Promise<number>;
  /** Where they belong. */
  partitions(): Promise<Partition[]>;
  /** Those of the files that hold a later copy of a fresh event: they must be written again. */
  filesWithLaterCopies(paths: readonly string[]): Promise<string[]>;
  /** Writes new files below `folder`, `fileName` in their names: each event of fresh and rewritten
   *  once, the copy received first, without those that kept has. Nothing need be durable. */
  write(
    folder: string,
    fileName: string,
    rewritten: readonly string[],
    kept: readonly string[],
  ): Promise<WrittenFile[]>;
  /** Writes a file of the numbers of fresh and rewritten that `paths` do not have, and those of the
   *  file `before`; false if there are no new ones, and it wrote none. */
  writeCopiedSeqs(
    file: string,
    paths: readonly string[],
    rewritten: readonly string[],
    before: string | undefined,
  ): Promise<boolean>;
  /** How many events of fresh and rewritten are in none of `paths`, which it reads back. */
  missingFrom(paths: readonly string[], rewritten: readonly string[]): Promise<number>;
}

/** The source and idDay of a file in the archive. */
export interface Partition {
  readonly source: string;
  readonly idDay: string;
}

/** A file as it was written, path absolute. */
export interface WrittenFile extends Partition {
  readonly path: string;
  readonly rows: number;
  readonly minTimestampMs: number;
  readonly maxTimestampMs: number;
}

export interface ShownArchive {
  /** Absolute paths of its files. */
  readonly paths: readonly string[];
  /** The segments that they stand for. */
  readonly segments: readonly string[];
  /** Copies that were left out since the beginning. */
  readonly copies: number;
  /** Path of the file of their numbers. */
  readonly copiedSeqs?: string | undefined;
}
