import { checkedJson, readCheckedJson } from '@holdfast/protocol';
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
  /** The file of numbers whose events stand in `files` under another number. Absent: none does. */
  copiedSeqs: z.strictObject({ path: z.string().min(1), bytes: count }).optional(),
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

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A manifest's bytes: JSON with its checksum. */
export function encodeManifest(next: Manifest): Uint8Array {
  return checkedJson(encoder.encode(`${JSON.stringify(next)}\n`));
}

/** Reads a manifest's text. Throws if it is none, or not as it was written: without it nobody knows
 *  what was archived. */
export function parseManifest(text: string): Manifest {
  // Earlier versions wrote none. A damaged name of it is a member that no manifest has.
  if (!text.startsWith('{"crc32c"')) return manifest.parse(JSON.parse(text));
  const json = readCheckedJson(encoder.encode(text));
  if (json === undefined) throw new Error('its checksum does not match');
  return manifest.parse(JSON.parse(decoder.decode(json)));
}
