/** What every FileSystem of the queue must do, the real one and those that stand in for it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../src/queue/file-system.js';

export interface FileSystemUnderTest {
  readonly fileSystem: FileSystem;
  /** An empty folder that exists. */
  readonly base: string;
}

const bytes = (text: string) => Buffer.from(text);
const code = (errno: string) => expect.objectContaining({ code: errno });

export function describeFileSystem(name: string, make: () => FileSystemUnderTest): void {
  describe(`${name} as a FileSystem`, () => {
    let fs: FileSystem;
    let base: string;
    beforeEach(() => {
      ({ fileSystem: fs, base } = make());
    });
    const text = (path: string) => Buffer.from(fs.readSmall(`${base}/${path}`)).toString();
    const put = (path: string, content: string) => fs.append(`${base}/${path}`, bytes(content));

    it('makes folders, and says which was the topmost new one', () => {
      expect(fs.makeFolder(`${base}/a/b`)).toBe(`${base}/a`);
      expect(fs.makeFolder(`${base}/a/b/c`)).toBe(`${base}/a/b/c`);
      expect(fs.makeFolder(`${base}/a/b`)).toBeUndefined();
      put('file', '');
      expect(() => fs.makeFolder(`${base}/file`)).toThrow(code('EEXIST'));
    });

    it('creates only what is new, and only in a folder that is there', () => {
      fs.close(fs.create(`${base}/f`));
      expect(() => fs.create(`${base}/f`)).toThrow(code('EEXIST'));
      expect(() => fs.create(`${base}/none/f`)).toThrow(code('ENOENT'));
      expect(() => fs.openForWriting(`${base}/none/f`)).toThrow(code('ENOENT'));
      expect(() => fs.append(`${base}/none/f`, bytes('x'))).toThrow(code('ENOENT'));
      expect(() => fs.openForWriting(base)).toThrow(code('EISDIR'));
    });

    it('writes at positions, fills holes with zeroes, and cuts', () => {
      const fd = fs.create(`${base}/f`);
      expect(fs.write(fd, bytes('abcdef'), 1, 3, 2)).toBe(3);
      expect(text('f')).toBe('\0\0bcd');
      fs.write(fd, bytes('XY'), 0, 2, 3);
      expect(text('f')).toBe('\0\0bXY');
      fs.truncate(fd, 4);
      fs.close(fd);
      expect(text('f')).toBe('\0\0bX');
      expect(() => fs.write(fd, bytes('x'), 0, 1, 0)).toThrow(code('EBADF'));
      const again = fs.openForWriting(`${base}/f`);
      fs.write(again, bytes('!'), 0, 1, 0);
      fs.close(again);
      put('f', '?');
      expect(text('f')).toBe('!\0bX?');
    });

    it('syncs what is open, and folders', async () => {
      const fd = fs.create(`${base}/f`);
      await fs.syncData(fd);
      await fs.syncFolder(base);
      await fs.syncFolder('/');
      fs.close(fd);
      await expect(fs.syncData(fd)).rejects.toEqual(code('EBADF'));
      await expect(fs.syncFolder(`${base}/none`)).rejects.toEqual(code('ENOENT'));
    });

    it('tells sizes, of what is there', () => {
      put('f', 'abc');
      expect(fs.sizeOf(`${base}/f`)).toBe(3);
      expect(fs.sizeOf(base)).toBeGreaterThanOrEqual(0);
      expect(fs.sizeOf(`${base}/none`)).toBeUndefined();
    });

    it('moves a file over another, also while it is open', () => {
      put('old', 'old');
      const fd = fs.create(`${base}/new`);
      fs.move(`${base}/new`, `${base}/old`);
      fs.write(fd, bytes('new'), 0, 3, 0);
      fs.close(fd);
      expect(text('old')).toBe('new');
      expect(() => fs.move(`${base}/new`, `${base}/x`)).toThrow(code('ENOENT'));
      expect(() => fs.move(`${base}/old`, `${base}/none/x`)).toThrow(code('ENOENT'));
    });

    it('moves a folder with all that is in it, but not over a full one', async () => {
      fs.makeFolder(`${base}/a/b`);
      put('a/b/f', 'x');
      fs.makeFolder(`${base}/full`);
      put('full/f', 'y');
      fs.makeFolder(`${base}/empty`);
      expect(() => fs.move(`${base}/a`, `${base}/full`)).toThrow(code('ENOTEMPTY'));
      fs.move(`${base}/a`, `${base}/empty`);
      expect(text('empty/b/f')).toBe('x');
      expect((await fs.list(base)).sort()).toEqual(['empty', 'full']);
      expect(() => fs.move(`${base}/empty`, `${base}/empty/b/c`)).toThrow(code('EINVAL'));
    });

    it('lists files and folders', async () => {
      fs.makeFolder(`${base}/a/b`);
      put('f', '');
      expect((await fs.list(base)).sort()).toEqual(['a', 'f']);
      expect(fs.listNow(base).sort()).toEqual(['a', 'f']);
      expect(fs.listNow(`${base}/none`)).toEqual([]);
      await expect(fs.list(`${base}/none`)).rejects.toEqual(code('ENOENT'));
      await expect(fs.list(`${base}/f`)).rejects.toEqual(code('ENOTDIR'));
    });

    it('reads a part, or as much of it as there is', async () => {
      put('f', 'abcdef');
      const read = async (start: number, end: number) =>
        Buffer.from(await fs.read(`${base}/f`, start, end)).toString();
      expect(await read(1, 3)).toBe('bc');
      expect(await read(4, 99)).toBe('ef');
      await expect(fs.read(`${base}/none`, 0, 1)).rejects.toEqual(code('ENOENT'));
      expect(() => fs.readSmall(`${base}/none`)).toThrow(code('ENOENT'));
      expect(() => fs.readSmall(base)).toThrow(code('EISDIR'));
    });

    it('removes files and empty folders alone', async () => {
      fs.makeFolder(`${base}/a`);
      put('a/f', '');
      await expect(fs.removeFolder(`${base}/a`)).rejects.toEqual(code('ENOTEMPTY'));
      await fs.remove(`${base}/a/f`);
      await expect(fs.remove(`${base}/a/f`)).rejects.toEqual(code('ENOENT'));
      await fs.removeFolder(`${base}/a`);
      await expect(fs.removeFolder(`${base}/a`)).rejects.toEqual(code('ENOENT'));
      expect(await fs.list(base)).toEqual([]);
    });

    it('keeps the bytes of a removed file for whoever has it open', async () => {
      const fd = fs.create(`${base}/f`);
      await fs.remove(`${base}/f`);
      expect(fs.write(fd, bytes('x'), 0, 1, 0)).toBe(1);
      fs.close(fd);
      expect(fs.sizeOf(`${base}/f`)).toBeUndefined();
    });
  });
}
