import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  promises,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { FileSystem } from './file-system.js';

const syncData = promisify(fdatasync);
/** Events may hold personal data: nobody but the user gets to read them. */
const fileMode = 0o600;
const folderMode = 0o700;

/** The real file system. */
export const nodeFileSystem: FileSystem = {
  makeFolder: (path) => mkdirSync(path, { recursive: true, mode: folderMode }),
  create: (path) => openSync(path, 'wx+', fileMode),
  openForWriting: (path) => openSync(path, constants.O_RDWR | constants.O_CREAT, fileMode),
  write: writeSync,
  truncate: ftruncateSync,
  append: (path, bytes) => appendFileSync(path, bytes, { mode: fileMode }),
  close: closeSync,
  sizeOf: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  move: renameSync,
  readSmall: (path) => readFileSync(path),
  listNow: (path) => (existsSync(path) ? readdirSync(path) : []),
  syncData,
  list: (path) => promises.readdir(path),
  remove: (path) => promises.unlink(path),
  removeFolder: (path) => promises.rmdir(path),

  async syncFolder(path) {
    // Windows cannot open a folder; NTFS journals its entries by itself.
    if (process.platform === 'win32') return;
    const handle = await promises.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async read(path, start, end) {
    const handle = await promises.open(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(end - start);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await handle.read(
          bytes,
          length,
          bytes.length - length,
          start + length,
        );
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    } finally {
      await handle.close();
    }
  },
};
