import type { FileSystem } from './file-system.js';

/** Writes all of `bytes` at a position. A full disk takes a part first and fails with the rest. */
export function writeAll(
  fileSystem: FileSystem,
  fd: number,
  bytes: Uint8Array,
  position: number,
): void {
  let written = 0;
  while (written < bytes.length) {
    const count = fileSystem.write(fd, bytes, written, bytes.length - written, position + written);
    if (count <= 0) throw Object.assign(new Error('write took nothing'), { code: 'EIO' });
    written += count;
  }
}
