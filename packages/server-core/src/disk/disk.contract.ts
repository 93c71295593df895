import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Disk } from './disk.js';

export interface DiskUnderTest {
  readonly disk: Disk;
  /** An empty folder. */
  readonly folder: string;
  dispose?(): Promise<void>;
}

/** What every disk does, real or a model. What survives a crash is another matter. */
export function describeDisk(name: string, make: () => Promise<DiskUnderTest>): void {
  const opened = async () => {
    const { disk, folder, dispose } = await make();
    onTestFinished(async () => dispose?.());
    const at = (...names: string[]) => join(folder, ...names);
    return { disk, folder, at, ...textsOn(disk) };
  };

  describe(`${name} as a disk`, () => {
    it('keeps what is written to a new file, in order', async () => {
      const { disk, at, textOf } = await opened();
      const file = await disk.create(at('a'));
      for (const part of ['one ', 'two ', 'three']) await file.write(bytes(part));
      await file.datasync();
      await file.close();
      expect(await textOf(at('a'))).toBe('one two three');
      expect((await disk.stat(at('a')))?.bytes).toBe(13);
    });

    it('keeps the bytes as they were when write was called', async () => {
      const { disk, at, textOf } = await opened();
      const file = await disk.create(at('a'));
      const given = bytes('before');
      await file.write(given);
      given.fill(0);
      await file.close();
      const read = await disk.readFile(at('a'));
      read?.fill(0);
      expect(await textOf(at('a'))).toBe('before');
    });

    it('never makes a file twice, nor in a folder that is not there', async () => {
      const { disk, at, write, textOf } = await opened();
      await write(at('a'), 'first');
      await expect(disk.create(at('a'))).rejects.toMatchObject({ code: 'EEXIST' });
      await expect(disk.create(at('no', 'a'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await textOf(at('a'))).toBe('first');
    });

    it('reads from any position up to the end', async () => {
      const { disk, at, write } = await opened();
      await write(at('a'), '0123456789');
      const file = await disk.open(at('a'));
      const into = new Uint8Array(4);
      const read = async (position: number) =>
        text(into.subarray(0, await file.read(into, position)));
      expect(await read(3)).toBe('3456');
      expect(await read(8)).toBe('89');
      expect(await read(10)).toBe('');
      expect(await read(99)).toBe('');
      await file.datasync();
      await file.close();
      await expect(file.read(into, 0)).rejects.toMatchObject({ code: 'EBADF' });
    });

    it('sees in an open file what is written meanwhile', async () => {
      const { disk, at } = await opened();
      const writer = await disk.create(at('a'));
      const reader = await disk.open(at('a'));
      const into = new Uint8Array(9);
      expect(await reader.read(into, 0)).toBe(0);
      await writer.write(bytes('later'));
      expect(await reader.read(into, 0)).toBe(5);
      await writer.close();
      await reader.close();
    });

    it('refuses to write to a file that was opened for reading', async () => {
      const { disk, at, write, textOf } = await opened();
      await write(at('a'), 'kept');
      const file = await disk.open(at('a'));
      await expect(file.write(bytes('more'))).rejects.toMatchObject({ code: 'EBADF' });
      await file.close();
      expect(await textOf(at('a'))).toBe('kept');
    });

    it('says what is not there: undefined where that is an answer, else ENOENT', async () => {
      const { disk, at, write } = await opened();
      await write(at('file'), '');
      expect(await disk.readFile(at('no'))).toBeUndefined();
      expect(await disk.stat(at('no'))).toBeUndefined();
      expect(await disk.stat(at('no', 'deeper'))).toBeUndefined();
      const missing = { code: 'ENOENT' };
      await expect(disk.open(at('no'))).rejects.toMatchObject(missing);
      await expect(disk.list(at('no'))).rejects.toMatchObject(missing);
      await expect(disk.touch(at('no'), 1_000)).rejects.toMatchObject(missing);
      await expect(disk.truncate(at('no'), 0)).rejects.toMatchObject(missing);
      await expect(disk.rename(at('no'), at('b'))).rejects.toMatchObject(missing);
      await expect(disk.link(at('no'), at('b'))).rejects.toMatchObject(missing);
      await expect(disk.syncFolder(at('no'))).rejects.toMatchObject(missing);
      await disk.remove(at('no'));
    });

    it('makes folders with their parents, as often as it is asked', async () => {
      const { disk, folder, at, write } = await opened();
      expect(await disk.makeFolder(at('a', 'b'))).toBe(at('a'));
      expect(await disk.makeFolder(at('a', 'b'))).toBeUndefined();
      await write(at('a', 'b', 'c'), 'c');
      expect(await disk.list(folder)).toEqual([{ name: 'a', isFolder: true }]);
      expect(await disk.list(at('a', 'b'))).toEqual([{ name: 'c', isFolder: false }]);
      await disk.syncFolder(at('a'));
    });

    it('renames over what is there; an open file stays the one that it was', async () => {
      const { disk, folder, at, write, textOf } = await opened();
      await write(at('old'), 'old');
      await write(at('new'), 'new');
      const file = await disk.open(at('old'));
      await disk.rename(at('new'), at('old'));
      expect(await textOf(at('old'))).toBe('new');
      const into = new Uint8Array(3);
      await file.read(into, 0);
      expect(text(into)).toBe('old');
      await file.close();
      expect(await disk.list(folder)).toHaveLength(1);
    });

    it('links a file under a second name, once', async () => {
      const { disk, at, write, textOf } = await opened();
      await write(at('a'), 'a');
      await write(at('taken'), 'taken');
      await expect(disk.link(at('a'), at('taken'))).rejects.toMatchObject({ code: 'EEXIST' });
      await disk.link(at('a'), at('b'));
      await disk.remove(at('a'));
      expect(await textOf(at('b'))).toBe('a');
      expect(await textOf(at('taken'))).toBe('taken');
    });

    it('of many links to one name lets exactly one win', async () => {
      const { disk, at, write } = await opened();
      const names = Array.from({ length: 8 }, (_, i) => at(`claim-${i}`));
      for (const each of names) await write(each, each);
      const tries = await Promise.allSettled(names.map((each) => disk.link(each, at('one'))));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('cuts a file, and keeps the time that it is given', async () => {
      const { disk, at, write, textOf } = await opened();
      await write(at('a'), '0123456789');
      await disk.truncate(at('a'), 4);
      expect(await textOf(at('a'))).toBe('0123');
      await disk.touch(at('a'), 1_795_000_000_000);
      expect(await disk.stat(at('a'))).toEqual({ bytes: 4, modifiedMs: 1_795_000_000_000 });
    });

    it('removes a file although it is open, whose reader goes on', async () => {
      const { disk, folder, at, write } = await opened();
      await write(at('a'), 'abc');
      const file = await disk.open(at('a'));
      await disk.remove(at('a'));
      expect(await disk.list(folder)).toEqual([]);
      expect(await file.read(new Uint8Array(3), 0)).toBe(3);
      await file.close();
    });
  });
}

function textsOn(disk: Disk) {
  return {
    async write(path: string, content: string): Promise<void> {
      const file = await disk.create(path);
      await file.write(bytes(content));
      await file.close();
    },
    async textOf(path: string): Promise<string | undefined> {
      const read = await disk.readFile(path);
      return read && text(read);
    },
  };
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}
