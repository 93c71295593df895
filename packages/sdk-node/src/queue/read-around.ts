import { errnoOf, type FileSystem } from './file-system.js';

/** What a disk remaps at once, and what the page cache reads. */
const blockBytes = 4_096;

/** Whether the last read of a file found blocks that could not be read. */
export interface Suspicion {
  isSuspect: boolean;
}

/**
 * Reads a part of a file around bad sectors, which are zeroes then, so that they cost the records
 * that they hold and no others. Rejects as `read` does if nothing can be read, if what could not be
 * read a moment ago now can be, or if the file was not suspect already: rather than a bad sector it
 * is a disk that comes and goes, until it is found again by a later read.
 */
export async function readAround(
  fileSystem: FileSystem,
  path: string,
  start: number,
  end: number,
  suspicion: Suspicion = { isSuspect: true },
): Promise<Uint8Array> {
  try {
    return await fileSystem.read(path, start, end);
  } catch (error) {
    if (errnoOf(error) !== 'EIO') throw error;
    const bytes = Buffer.alloc(end - start);
    const blocks = blocksOf(start, end);
    const read = ({ from, to }: Block) => fileSystem.read(path, from, to);
    const bad = await unreadable(blocks, read, bytes, start);
    const stillBad = await unreadable(bad, read, bytes, start);
    if (bad.length === blocks.length || stillBad.length < bad.length) throw error;
    if (suspicion.isSuspect) return bytes;
    suspicion.isSuspect = true;
    throw error;
  }
}

interface Block {
  readonly from: number;
  readonly to: number;
}

function blocksOf(start: number, end: number): Block[] {
  const blocks: Block[] = [];
  for (let from = start; from < end; ) {
    const to = Math.min(end, from - (from % blockBytes) + blockBytes);
    blocks.push({ from, to });
    from = to;
  }
  return blocks;
}

/** Reads blocks into `bytes`, which begin at `start` of the file; returns those that have EIO. */
async function unreadable(
  blocks: readonly Block[],
  read: (block: Block) => Promise<Uint8Array>,
  bytes: Buffer,
  start: number,
): Promise<Block[]> {
  const bad: Block[] = [];
  for (const block of blocks) {
    try {
      bytes.set(await read(block), block.from - start);
    } catch (error) {
      if (errnoOf(error) !== 'EIO') throw error;
      bad.push(block);
    }
  }
  return bad;
}
