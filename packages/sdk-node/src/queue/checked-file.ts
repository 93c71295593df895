import { checkedJson, readCheckedJson } from '@holdfast/protocol';
import { errnoOf, type FileSystem, writeAll } from './file-system.js';

/** Writes JSON with its checksum to a temporary file, which then takes the place of `path`. */
export function replaceChecked(
  fileSystem: FileSystem,
  temporaryPath: string,
  path: string,
  value: object,
): void {
  const fd = fileSystem.openForWriting(temporaryPath);
  try {
    fileSystem.truncate(fd, 0);
    writeAll(fileSystem, fd, checkedJson(Buffer.from(JSON.stringify(value))), 0);
  } finally {
    fileSystem.close(fd);
  }
  fileSystem.move(temporaryPath, path);
}

/** What such a file says; undefined if it is not there, or not as it was written. Throws the file
 *  system's error if it cannot be read. */
export function readChecked(fileSystem: FileSystem, path: string): object | undefined {
  try {
    const json = readCheckedJson(fileSystem.readSmall(path));
    return json && (JSON.parse(Buffer.from(json).toString()) as object);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
