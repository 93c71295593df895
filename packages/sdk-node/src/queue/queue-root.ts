import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder that holds the queues of all write keys by default: the user's state folder, which
 * outlives reboots. Never the folder for temporary files.
 */
export function defaultQueueDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  switch (platform) {
    case 'win32':
      return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'holdfast', 'queue');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'holdfast', 'queue');
    default:
      return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'holdfast', 'queue');
  }
}

/** The folder of one write key. Its name does not tell the key. */
export function queueRootPath(queueDir: string, writeKey: string): string {
  const hash = createHash('sha256').update(writeKey).digest('hex').slice(0, 32);
  return join(resolve(queueDir), hash);
}
