/**
 * Listens on a Unix socket, for clients on the same machine. Who may send is decided by the rights
 * of the file and of the folder that it is in: nothing else knows who is at the other end.
 */
import { lstat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';

/** Of rw-rw-rw- the last two are taken away: the user and the group may connect. */
const socketUmask = 0o117;

/** Resolves once it listens. A socket that a killed process left is replaced; rejects if a live
 *  one has it, or if the file is no socket. The server removes it when it closes. */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (await hasFile(path)) {
    if (await isAnswered(path)) throw new Error(`${path} is in use by another process`);
    await unlink(path);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The file is made within this call, and must not have more rights for a moment.
    const before = process.umask(socketUmask);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
    process.umask(before);
  });
}

async function hasFile(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isSocket()) throw new Error(`${path} is no socket`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Whether a process listens there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}
