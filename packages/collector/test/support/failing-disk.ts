import {
  type CreateSegment,
  type OpenSegment,
  SegmentWriter,
} from '../../src/sinks/segment-writer.js';

export type DiskFault =
  | 'create fails'
  /** Half of the bytes reach the file, then an error. */
  | 'write is cut short'
  /** All bytes reach the file, but nobody knows whether the disk has them. */
  | 'sync fails'
  /** Nothing comes back until the fault is over. */
  | 'sync hangs';

/** Real files on a disk that fails as told. */
export class FailingDisk {
  fault: DiskFault | undefined;
  /** How often each segment was appended to, in the order of their creation. */
  readonly appends: number[] = [];
  #resume: () => void = () => undefined;

  readonly createSegment: CreateSegment = async (folder, name, createdAtMs) => {
    if (this.fault === 'create fails') throw new Error('ENOSPC: no space left on device');
    const segment = await SegmentWriter.create(folder, name, createdAtMs);
    return new FailingSegment(segment, this, this.appends.push(0) - 1);
  };

  /** Resolves when the disk answers again. */
  hang(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  mend(): void {
    this.fault = undefined;
    this.#resume();
  }
}

class FailingSegment implements OpenSegment {
  readonly name: string;
  readonly path: string;
  readonly createdAtMs: number;
  readonly #segment: OpenSegment;
  readonly #disk: FailingDisk;
  readonly #number: number;
  #confirmedBytes = 0;

  constructor(segment: OpenSegment, disk: FailingDisk, number: number) {
    this.name = segment.name;
    this.path = segment.path;
    this.createdAtMs = segment.createdAtMs;
    this.#segment = segment;
    this.#disk = disk;
    this.#number = number;
  }

  get durableBytes(): number {
    return this.#confirmedBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#disk.appends[this.#number]!++;
    const { fault } = this.#disk;
    if (fault === 'sync hangs') await this.#disk.hang();
    const isCut = fault === 'write is cut short';
    await this.#segment.append(isCut ? bytes.subarray(0, bytes.length / 2) : bytes);
    if (isCut) throw new Error('ENOSPC: no space left on device');
    if (fault === 'sync fails') throw new Error('EIO: i/o error');
    this.#confirmedBytes += bytes.length;
  }

  close(): Promise<void> {
    return this.#segment.close();
  }
}
