import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../test/support/data-folder.js';
import { describeDisk } from './disk.contract.js';
import { nodeDisk } from './node-disk.js';

describe('nodeDisk', () => {
  it('lets nobody but the user read what it makes', async () => {
    const folder = await dataFolder();
    const before = process.umask(0);
    try {
      await nodeDisk.makeFolder(join(folder, 'a', 'b'));
      await (await nodeDisk.create(join(folder, 'a', 'c'))).close();
    } finally {
      process.umask(before);
    }
    const modeOf = (...names: string[]) => statSync(join(folder, ...names)).mode & 0o777;
    expect([modeOf('a'), modeOf('a', 'b'), modeOf('a', 'c')]).toEqual([0o700, 0o700, 0o600]);
  });
});

describeDisk('nodeDisk', async () => ({ disk: nodeDisk, folder: await dataFolder() }));
