import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetter } from '@holdfast/sdk-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryFileSystem } from '../../test/support/memory-file-system.js';
import { nodeLimits } from '../limits.js';
import { DeadLetterFile } from './dead-letter-file.js';
import type { FileSystem } from './file-system.js';
import { nodeFileSystem } from './node-file-system.js';
import { Quarantine } from './quarantine.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-dead-'));
  path = join(folder, 'dead-letters.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quarantine = () => new Quarantine(nodeFileSystem, join(folder, 'quarantine'));
const open = (root = folder) => new DeadLetterFile(nodeFileSystem, root, quarantine());
const letter = (n: number, json: string | Uint8Array = `{"n":${n}}`) => ({
  code: 'too_deep',
  detail: `n ${n}`,
  json,
});

describe('dead letters', () => {
  it('read back with code, detail, time and the very bytes of the event', () => {
    const tricky = '{"a":"\\",\\"event\\":{}", "event":1,  "ü":"\\n"}';
    const file = open();
    expect(file.add([letter(1, tricky), letter(2, Buffer.from('{"b":2}'))], 17)).toEqual({
      kept: 2,
    });
    expect(open().read()).toEqual([
      { code: 'too_deep', detail: 'n 1', deadAtMs: 17, eventJson: tricky },
      { code: 'too_deep', detail: 'n 2', deadAtMs: 17, eventJson: '{"b":2}' },
    ]);
  });

  it('are none where there is no file', () => {
    expect(open().read()).toEqual([]);
  });

  it('are kept up to the limit of their number, also over several clients', () => {
    const all = Array.from({ length: nodeLimits.maxDeadLetters }, (_, n) => letter(n));
    expect(open().add(all.slice(1), 0)).toEqual({ kept: all.length - 1 });
    const file = open();
    expect(file.add([letter(1), letter(2)], 0)).toEqual({ kept: 1, reason: 'dead_letters_full' });
    expect(file.add([letter(3)], 0)).toEqual({ kept: 0, reason: 'dead_letters_full' });
    expect(file.read()).toHaveLength(nodeLimits.maxDeadLetters);
  });

  it('are kept up to the limit of their bytes', () => {
    const large = letter(1, `"${'x'.repeat(200_000)}"`);
    const { kept, reason } = open().add(
      Array.from({ length: 60 }, () => large),
      0,
    );
    expect(reason).toBe('dead_letters_full');
    expect(kept).toBe(Math.floor(nodeLimits.maxDeadLetterBytes / 200_105));
    expect(readFileSync(path).length).toBeLessThanOrEqual(nodeLimits.maxDeadLetterBytes);
  });

  it('survive a line that a crash tore, and so does the next one', () => {
    open().add([letter(1), letter(2)], 0);
    truncateSync(path, readFileSync(path).length - 5);
    open().add([letter(3)], 0);
    appendFileSync(path, '{"code":"x"');
    expect(
      open()
        .read()
        .map(({ detail }) => detail),
    ).toEqual(['n 1', 'n 3']);
  });

  it('are dropped and told of when they cannot be written', () => {
    const file = open(join(folder, 'missing'));
    expect(file.add([letter(1)], 0)).toEqual({ kept: 0, reason: 'storage_failed' });
  });

  it('cost one line for a flipped bit anywhere, and never give another text', () => {
    open().add([letter(1), letter(2), letter(3)], 0);
    const whole = readFileSync(path);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const memory = new MemoryFileSystem([[path, damaged]]);
      const read = new DeadLetterFile(memory, folder, quarantine()).read();
      expect(read.length).toBeGreaterThanOrEqual(2);
      for (const { detail, eventJson } of read) {
        expect(['n 1', 'n 2', 'n 3']).toContain(detail);
        expect(eventJson).toBe(`{"n":${detail!.slice(2)}}`);
      }
    }
  });
});

describe('dead letters that are sent again', () => {
  const claimId = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  const names = () => readdirSync(folder).sort();
  const detailsOf = (letters: readonly DeadLetter[]) => letters.map(({ detail }) => detail);

  it('are handed over once, and are gone then', async () => {
    open().add([letter(1), letter(2)], 0);
    const taken: DeadLetter[] = [];
    const take = async (letters: readonly DeadLetter[]) => void taken.push(...letters);
    expect(await open().drain(claimId(1), take)).toBe(2);
    expect(detailsOf(taken)).toEqual(['n 1', 'n 2']);
    expect(await open().drain(claimId(2), take)).toBe(0);
    expect(open().read()).toEqual([]);
    expect(names()).toEqual([]);
  });

  it('are all kept when they cannot be taken, beside those that come meanwhile', async () => {
    open().add([letter(1), letter(2)], 0);
    const full = new Error('full');
    const refuse = async () => {
      open().add([letter(3)], 0);
      throw full;
    };
    await expect(open().drain(claimId(1), refuse)).rejects.toBe(full);
    expect(detailsOf(open().read())).toEqual(['n 1', 'n 2', 'n 3']);
    const taken: DeadLetter[] = [];
    await open().drain(claimId(2), async (letters) => void taken.push(...letters));
    expect(detailsOf(taken).sort()).toEqual(['n 1', 'n 2', 'n 3']);
    expect(open().read()).toEqual([]);
  });

  it('are not lost to one who claims the file while a line is added to it', async () => {
    open().add([letter(1)], 0);
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      // The other client comes between our opening the file and our writing to it.
      append: (target, bytes) => {
        renameSync(path, `${path}.claimed`);
        nodeFileSystem.append(`${path}.claimed`, bytes);
        rmSync(`${path}.claimed`);
        fileSystem.append = nodeFileSystem.append;
        expect(target).toBe(path);
      },
    };
    const file = new DeadLetterFile(fileSystem, folder, quarantine());
    expect(file.add([letter(2)], 0)).toEqual({ kept: 1 });
    expect(detailsOf(open().read())).toEqual(['n 2']);
  });

  it('leave a file of which lines are damaged in quarantine', async () => {
    open().add([letter(1), letter(2)], 0);
    const damaged = readFileSync(path);
    damaged[40]! ^= 1;
    writeFileSync(path, damaged);
    expect(await open().drain(claimId(1), async () => {})).toBe(1);
    const kept = join(folder, 'quarantine', `dead-letters-${claimId(1)}.ndjson`);
    expect(readFileSync(kept)).toEqual(damaged);
    expect(names()).toEqual(['quarantine']);
  });

  it('are taken from two who do it at once as copies at worst', async () => {
    open().add([letter(1)], 0);
    const taken: DeadLetter[] = [];
    const take = async (letters: readonly DeadLetter[]) => void taken.push(...letters);
    await Promise.all([open().drain(claimId(1), take), open().drain(claimId(2), take)]);
    expect(new Set(detailsOf(taken))).toEqual(new Set(['n 1']));
    expect(names()).toEqual([]);
  });
});
