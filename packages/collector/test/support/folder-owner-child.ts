/** Claims the folder named in argv, says so, and keeps it until it is killed. */
import { FolderOwner } from '../../src/sinks/folder-owner.js';
import { systemClock } from '../../src/system-clock.js';
import { systemRandom } from '../../src/system-random.js';

const owner = new FolderOwner(process.argv[2]!, systemClock, systemRandom);
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
