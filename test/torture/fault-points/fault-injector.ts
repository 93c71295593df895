/**
 * Lets one call of a port fail, or all from one call on until it is healed. Calls are counted over
 * all methods of the port and of the files that it opens, in the order in which they are made.
 */

import type { FileSystem } from '../../../packages/sdk-node/src/queue/file-system.js';
import type { Disk, DiskFile } from '../../../packages/server-core/src/disk/disk.js';

export const errnos = ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS', 'EMFILE', 'EINTR'] as const;
/** Of a short write the rest is taken by the next one, or by none if that is for good. */
export type FaultKind = (typeof errnos)[number] | 'short write';
export const faultKinds: readonly FaultKind[] = [...errnos, 'short write'];

export interface Fault {
  readonly kind: FaultKind;
  /** The first call that fails, from 1, of those that can fail so. */
  readonly at: number;
  readonly isForGood: boolean;
  /** Only these calls fail, and count. */
  readonly calls?: ReadonlySet<string>;
}

/** Calls of the queue's port that answer by a promise. */
const asynchronous: ReadonlySet<string> = new Set<keyof FileSystem>([
  ...(['syncData', 'syncFolder', 'list', 'read', 'remove', 'removeFolder'] as const),
]);
const writes: ReadonlySet<string> = new Set(['write', 'append']);

type Method = (...args: unknown[]) => unknown;

export class FaultInjector {
  readonly #fault: Fault;
  #count = 0;
  #isHealed = false;
  #isDead = false;
  #hitCount = 0;
  /** The name of the call that failed first; undefined: none has yet. */
  firstHit: string | undefined;

  constructor(fault: Fault) {
    this.#fault = fault;
  }

  heal(): void {
    this.#isHealed = true;
  }

  /** The process is killed: no call of it reaches the port any more, and none comes back. */
  kill(): void {
    this.#isDead = true;
  }

  fileSystem(real: FileSystem): FileSystem {
    return new Proxy(real, {
      get: (target, name: string) => {
        const method = (target[name as keyof FileSystem] as Method).bind(target);
        return (...args: unknown[]): unknown => {
          if (this.#isDead && asynchronous.has(name)) return never;
          if (!this.#isHit(name) && !this.#isDead) return method(...args);
          if (asynchronous.has(name)) return Promise.reject(this.#error(name));
          return this.#failNow(name, method, args);
        };
      },
    });
  }

  disk(real: Disk): Disk {
    return this.#wrapped(real);
  }

  #wrapped<Target extends Disk | DiskFile>(real: Target): Target {
    return new Proxy(real, {
      get: (target, name: string) => {
        const member = target[name as keyof Target] as Method | undefined;
        // A promise that resolves with it asks for `then`.
        if (!member) return undefined;
        const method = member.bind(target);
        return async (...args: unknown[]): Promise<unknown> => {
          if (this.#isDead) return never;
          if (this.#isHit(name)) return this.#failLater(name, method, args);
          const result = await method(...args);
          return name === 'create' || name === 'open' ? this.#wrapped(result as DiskFile) : result;
        };
      },
    });
  }

  #isHit(name: string): boolean {
    const { kind, at, isForGood, calls } = this.#fault;
    if (this.#isHealed || (kind === 'short write' && !writes.has(name))) return false;
    if (calls && !calls.has(name)) return false;
    this.#count++;
    const isHit = isForGood ? this.#count >= at : this.#count === at;
    if (isHit) this.#hitCount++;
    if (isHit) this.firstHit ??= name;
    return isHit;
  }

  #failNow(name: string, method: Method, args: unknown[]): unknown {
    if (this.#isDead) throw this.#error(name);
    // Linux frees the descriptor whatever close says.
    if (name === 'close') method(...args);
    if (this.#fault.kind !== 'short write') throw this.#error(name);
    const [, bytes, offset, length, position] = args as [number, Uint8Array, ...number[]];
    // As a full disk does: a part first, and then no more. A write says how much it took.
    const isPart = name === 'write' && this.#hitCount === 1;
    if (isPart) return method(args[0], bytes, offset, half(length!), position);
    if (name === 'write') throw this.#error(name);
    const [path, all] = args as [string, Uint8Array];
    method(path, all.subarray(0, half(all.length)));
    throw this.#error(name);
  }

  async #failLater(name: string, method: Method, args: unknown[]): Promise<never> {
    if (name === 'close') await method(...args);
    if (this.#fault.kind === 'short write') {
      const [bytes] = args as [Uint8Array];
      await method(bytes.subarray(0, half(bytes.length)));
    }
    throw this.#error(name);
  }

  #error(name: string): Error {
    const code = this.#fault.kind === 'short write' ? 'ENOSPC' : this.#fault.kind;
    return Object.assign(new Error(`${code}: ${name}`), { code });
  }
}

const never = new Promise<never>(() => {});

/** At least one byte: a write that takes none is none. */
function half(length: number): number {
  return Math.max(1, length >> 1);
}
