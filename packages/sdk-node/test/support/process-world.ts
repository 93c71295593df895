import type { ProcessIdentity, ProcessTable } from '@holdfast/protocol';

/** A machine with processes that come and go as a test says. */
export class ProcessWorld {
  readonly #running = new Map<number, string>();
  #lastPid = 100;

  /** Starts a process of this machine; returns what it sees of itself and the others. */
  start(changes: Partial<ProcessIdentity> = {}): ProcessTable {
    const pid = changes.pid ?? ++this.#lastPid;
    const self = { bootId: 'boot-1', pidNamespace: 'pid:[1]', pid, startTicks: '5', ...changes };
    if (self.startTicks !== null) this.#running.set(pid, self.startTicks);
    return { self, startTicks: (other) => this.#running.get(other) ?? null };
  }

  kill({ self }: ProcessTable): void {
    this.#running.delete(self.pid);
  }
}
