import type { ProcessIdentity, ProcessTable } from '../../src/queue/process-identity.js';

/** A machine with processes that come and go as a test says. */
export class ProcessWorld {
  readonly #running = new Map<number, string>();
  #lastPid = 100;

  /** Starts a process of this machine; returns what it sees of itself and the others. */
  start(changes: Partial<ProcessIdentity> = {}): ProcessTable {
    const pid = changes.pid ?? ++this.#lastPid;
    const self = { bootId: 'boot-1', pidNamespace: 'pid:[1]', pid, startedAt: '5', ...changes };
    if (self.startedAt !== null) this.#running.set(pid, self.startedAt);
    return { self, startedAt: (other) => this.#running.get(other) };
  }

  kill({ self }: ProcessTable): void {
    this.#running.delete(self.pid);
  }
}
