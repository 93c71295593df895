import type { AbortFlag } from './ports.js';
/** AbortController is a platform type; this is all of it that a request needs. */
export declare class Abort implements AbortFlag {
  #private;
  get isAborted(): boolean;
  onAbort(listener: () => void): void;
  abort(): void;
}
