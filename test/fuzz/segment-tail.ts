import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';

/** A line of a segment. */
export interface TailLine {
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/**
 * Reads what a collector's file sink appends, from where it stopped the last time. A segment that
 * was read to its end is deleted once a newer one is there, so a long run fills no disk.
 */
export class SegmentTail {
  readonly #folder: string;
  readonly #offsets = new Map<string, number>();

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'segments');
  }

  /** Every line since the last call; throws on damage, which nobody did. */
  async read(): Promise<TailLine[]> {
    const names = (await readdir(this.#folder)).filter(isSegmentName).sort();
    const lines: TailLine[] = [];
    for (const [i, name] of names.entries())
      await this.#readOne(name, i === names.length - 1, lines);
    return lines;
  }

  async #readOne(name: string, isNewest: boolean, lines: TailLine[]): Promise<void> {
    const path = join(this.#folder, name);
    const offset = this.#offsets.get(name) ?? 0;
    const bytes = await readFrom(path, offset);
    const { validEnd, damaged } = scanSegment(bytes, (line) => {
      const headers = JSON.parse(line.headersJson) as Record<string, string>;
      lines.push({ source: line.source, headers, bytes: Buffer.from(line.event) });
    });
    const isBeingWritten = isNewest && damaged.length === 1 && damaged[0]!.end === bytes.length;
    if (damaged.length > 0 && !isBeingWritten) throw new Error(`${name} is damaged`);
    this.#offsets.set(name, offset + validEnd);
    if (isNewest) return;
    await unlink(path);
    this.#offsets.delete(name);
  }
}

async function readFrom(path: string, offset: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
