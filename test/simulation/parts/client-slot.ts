import type { LiveClient } from './live-client.js';

/** A place where one client after the other runs the same app: a process, a tab. */
export interface ClientSlot {
  readonly name: string;
  /** The one that runs now, or ran last. */
  readonly client: LiveClient | undefined;
  start(): void;
  /** Starts the next one if the last is dead. */
  startNow(): void;
  kill(): void;
  pause(): void;
  resume(): void;
}
