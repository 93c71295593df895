import { describeDisk } from '../../src/disk/disk.contract.js';
import { MemoryDisk } from '../support/memory-disk.js';

describeDisk('MemoryDisk', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/data');
  return { disk, folder: '/data' };
});
