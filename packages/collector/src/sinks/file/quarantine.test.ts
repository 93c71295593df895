import { describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../../../server-core/test/support/memory-disk.js';
import { fileSinkLimits } from '../../limits.js';
import { Quarantine } from './quarantine.js';

const bytes = (count: number) => new Uint8Array(count);

describe('Quarantine', () => {
  it('keeps each copy once', async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder('/q');
    const copy = '/q/a.damaged';
    expect(await new Quarantine(disk, '/q').keep('a.damaged', bytes(3))).toEqual({
      isKnown: false,
      copy,
    });
    const known = await new Quarantine(disk, '/q').keep('a.damaged', bytes(3));
    expect(known).toEqual({ isKnown: true, copy });
    expect([...disk.files().keys()]).toEqual([copy]);
  });

  it('takes no more than its bytes, those of earlier starts included', async () => {
    const disk = new MemoryDisk([['/q/old', bytes(fileSinkLimits.maxQuarantineBytes - 10)]]);
    const quarantine = new Quarantine(disk, '/q');
    expect(await quarantine.keep('a', bytes(6))).toMatchObject({ copy: '/q/a' });
    expect(await quarantine.keep('b', bytes(6))).toEqual({ isKnown: false });
    expect(await quarantine.keep('c', bytes(4))).toMatchObject({ copy: '/q/c' });
    expect([...disk.files().keys()]).toEqual(['/q/old', '/q/a', '/q/c']);
  });
});
