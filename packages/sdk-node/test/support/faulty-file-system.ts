import type { FileSystem } from '../../src/queue/file-system.js';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';

export type Call = keyof FileSystem;

export interface Fault {
  readonly call: Call;
  readonly errno: string;
  /** The first call that fails, from 1. */
  readonly from: number;
  /** Whether all later ones fail, too. */
  readonly isForGood: boolean;
}

/** The real file system, of which one call fails as told. */
export class FaultyFileSystem {
  readonly fileSystem: FileSystem;
  #fault: Fault | undefined;
  #count = 0;
  /** Whether the fault has shown at all. */
  wasHit = false;

  constructor(fault?: Fault) {
    this.#fault = fault;
    this.fileSystem = new Proxy(nodeFileSystem, {
      get: (target, call: Call) => this.#wrapped(target[call] as never, call),
    });
  }

  /** Lets the calls fail from now on as told, or heals them. */
  set(fault: Fault | undefined): void {
    this.#fault = fault;
    this.#count = 0;
    this.wasHit = false;
  }

  #wrapped(real: (...args: unknown[]) => unknown, call: Call) {
    return (...args: unknown[]): unknown => {
      const error = this.#errorFor(call);
      if (!error) return real.apply(nodeFileSystem, args);
      if (asynchronous.has(call)) return Promise.reject(error);
      throw error;
    };
  }

  #errorFor(call: Call): Error | undefined {
    if (this.#fault?.call !== call) return undefined;
    const { from, isForGood, errno } = this.#fault;
    this.#count++;
    if (this.#count < from || (!isForGood && this.#count > from)) return undefined;
    this.wasHit = true;
    return Object.assign(new Error(`${errno}: ${call}`), { code: errno });
  }
}

const asynchronous: ReadonlySet<Call> = new Set<Call>([
  'syncData',
  'syncFolder',
  'list',
  'read',
  'remove',
  'removeFolder',
]);
