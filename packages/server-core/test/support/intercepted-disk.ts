import type { Disk, DiskFile } from '../../src/disk/disk.js';

export interface DiskCall {
  readonly name: keyof Disk | keyof DiskFile;
  /** Of the file or folder that the call is about. */
  readonly path: string;
}

/** Stands around each call: may run it or not, before or after something else, or reject. */
export type Intercept = (call: DiskCall, run: () => Promise<unknown>) => Promise<unknown>;

type Method = (...args: unknown[]) => Promise<unknown>;

/** A disk whose every call goes through `intercept`, those on open files included. */
export function interceptedDisk(disk: Disk, intercept: Intercept): Disk {
  const wrap = <Target extends object>(target: Target, pathOf: (args: unknown[]) => string) =>
    new Proxy(target, {
      get(_, name) {
        const method: unknown = target[name as keyof Target];
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const path = pathOf(args);
          const run = () => (method as Method).apply(target, args);
          const result = await intercept({ name: name as DiskCall['name'], path }, run);
          const isFile = name === 'create' || name === 'open';
          return isFile ? wrap(result as DiskFile, () => path) : result;
        };
      },
    });
  return wrap(disk, ([path]) => String(path));
}
