import type { Disk, DiskFile } from '../../src/disk/disk.js';
import { nodeDisk } from '../../src/disk/node-disk.js';

export type DiskFault =
  | 'create fails'
  /** Half of the bytes reach the file, then an error. */
  | 'write is cut short'
  /** All bytes reach the file, but nobody knows whether the disk has them; nor can it be cut. */
  | 'sync fails'
  /** Nothing comes back until the fault is over. */
  | 'sync hangs';

/** Real files, of which the segments are on a disk that fails as told. */
export class FailingDisk {
  fault: DiskFault | undefined;
  /** How often each segment was appended to, in the order of their creation. */
  readonly appends: number[] = [];
  readonly disk: Disk = {
    ...nodeDisk,
    create: (path) => this.#create(path),
    truncate: (path, bytes) => this.#truncate(path, bytes),
  };
  #resume: () => void = () => undefined;

  mend(): void {
    this.fault = undefined;
    this.#resume();
  }

  async #create(path: string): Promise<DiskFile> {
    if (!path.endsWith('.seg')) return nodeDisk.create(path);
    if (this.fault === 'create fails') throw errno('ENOSPC');
    const file = await nodeDisk.create(path);
    const number = this.appends.push(0) - 1;
    return {
      ...file,
      write: (bytes) => {
        this.appends[number]!++;
        return this.#write(file, bytes);
      },
      datasync: () => this.#datasync(file),
    };
  }

  async #truncate(path: string, bytes: number): Promise<void> {
    if (this.fault === 'sync fails') throw errno('EIO');
    await nodeDisk.truncate(path, bytes);
  }

  async #write(file: DiskFile, bytes: Uint8Array): Promise<void> {
    const isCut = this.fault === 'write is cut short';
    await file.write(isCut ? bytes.subarray(0, bytes.length / 2) : bytes);
    if (isCut) throw errno('ENOSPC');
  }

  async #datasync(file: DiskFile): Promise<void> {
    if (this.fault === 'sync fails') throw errno('EIO');
    if (this.fault === 'sync hangs') {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    await file.datasync();
  }
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: as told`), { code });
}
