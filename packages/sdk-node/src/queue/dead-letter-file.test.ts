import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeLimits } from '../limits.js';
import { DeadLetterFile } from './dead-letter-file.js';
import { nodeFileSystem } from './node-file-system.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-dead-'));
  path = join(folder, 'dead-letters.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => new DeadLetterFile(nodeFileSystem, path);
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
    expect(kept).toBe(Math.floor(nodeLimits.maxDeadLetterBytes / 200_080));
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
    const file = new DeadLetterFile(nodeFileSystem, join(folder, 'missing', 'file'));
    expect(file.add([letter(1)], 0)).toEqual({ kept: 0, reason: 'storage_failed' });
  });
});
