import { z } from 'zod';

const count = z.number().int().nonnegative();

const archiveFile = z.strictObject({
  /** Below the archive's folder. */
  path: z.string().min(1),
  source: z.string(),
  idDay: z.string(),
  rows: count,
  bytes: count,
  /** Of the events' timestamps, ms since the epoch. */
  minTimestampMs: z.number().int(),
  maxTimestampMs: z.number().int(),
});
export type ArchiveFile = z.infer<typeof archiveFile>;

const manifest = z.strictObject({
  version: z.literal(1),
  /** Rises with every swap. */
  generation: count,
  /** Segments whose events are all in `files`, as long as their own files are there. */
  segments: z.array(z.string()),
  /** Those of them that are never deleted, for lines of them could not be read. */
  damagedSegments: z.array(z.string()),
  /** The archive: each event stands in exactly one of them, once. */
  files: z.array(archiveFile),
  /** Copies that were left out since the beginning. */
  copies: count,
});

/** What the archive consists of: no other file counts. */
export type Manifest = z.infer<typeof manifest>;

export const emptyManifest: Manifest = {
  version: 1,
  generation: 0,
  segments: [],
  damagedSegments: [],
  files: [],
  copies: 0,
};

/** Reads a manifest's text. Throws if it is none: without it nobody knows what was archived. */
export function parseManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text));
}
