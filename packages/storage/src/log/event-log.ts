/** A segment as its writer lets others read it. */
export interface ReadableSegment {
  readonly name: string;
  readonly path: string;
  /** What is durable and whole lines: nothing beyond it may be read. */
  readonly validBytes: number;
  /** Whether it may still grow. */
  readonly isOpen: boolean;
}

/** Whoever writes segments: the collector's file sink. */
export interface EventLog {
  /** In the order of their creation. */
  readableSegments(): readonly ReadableSegment[];
}

/** A writer of segments that lets go of those that are archived. */
export interface ArchivableLog extends EventLog {
  /** Deletes a sealed segment; nothing happens if it is gone already. */
  deleteSegment(name: string): Promise<void>;
  /** Rejects if another process owns the data folder by now: then nothing in it may be changed. */
  ensureOwned(): Promise<void>;
  /** Resolves when the segments found at the start were looked through for damage, which is copied
   *  elsewhere: none of them may be deleted before. */
  checked(): Promise<void>;
  /** Calls back for each segment that is sealed from now on; returns what stops it. */
  onSealed(listener: () => void): () => void;
}
