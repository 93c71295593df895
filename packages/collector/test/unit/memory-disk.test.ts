import { describeDisk } from '../contract/disk-contract.js';
import { MemoryDisk } from '../support/memory-disk.js';

describeDisk('MemoryDisk', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/data');
  return { disk, folder: '/data' };
});
