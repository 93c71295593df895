/** Claims the folder named in argv, says so, and keeps it until it is killed. */
import { nodeDisk } from '../../src/node-disk.js';
import { FolderOwner } from '../../src/sinks/folder-owner.js';
import { systemProcesses } from '../../src/sinks/process-identity.js';
import { systemClock } from '../../src/system-clock.js';
import { systemRandom } from '../../src/system-random.js';

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
