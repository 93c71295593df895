/** Claims the folder named in argv, says so, and keeps it until it is killed. */
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { systemProcesses } from '@holdfast/server-core/process-identity';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { FolderOwner } from '../../src/sinks/file/folder-owner.js';

const owner = new FolderOwner(process.argv[2]!, {
  disk: nodeDisk,
  processes: systemProcesses(),
  clock: systemClock,
  random: systemRandom,
});
owner.claim().then(
  () => {
    console.log('claimed');
    setInterval(() => undefined, 1_000);
  },
  (error: unknown) => {
    console.log(String(error));
    process.exit(1);
  },
);
