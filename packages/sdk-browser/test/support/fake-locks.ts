/** One origin's Web Locks, as the specification has them, with one LockManager for each tab. */
interface Waiting {
  readonly clientId: string;
  grant(): void;
}

interface Held {
  readonly clientId: string;
  rob(): void;
}

export class FakeLocks {
  readonly #queues = new Map<string, Waiting[]>();
  readonly #held = new Map<string, Held>();

  holder(name: string): string | undefined {
    return this.#held.get(name)?.clientId;
  }

  /** A tab is gone: it waits for nothing any more, and what it held goes to the next. */
  leave(clientId: string): void {
    for (const queue of this.#queues.values()) {
      const others = queue.filter((waiting) => waiting.clientId !== clientId);
      queue.splice(0, queue.length, ...others);
    }
    for (const [name, held] of this.#held) if (held.clientId === clientId) this.#release(name);
  }

  /** What a tab sees as `navigator.locks`. */
  manager(clientId: string): LockManager {
    const request = (name: string, options: LockOptions, callback: LockGrantedCallback<unknown>) =>
      this.#request(clientId, name, options, callback);
    const query = () =>
      Promise.resolve({
        held: [...this.#held].map(([name, held]) => ({ name, clientId: held.clientId })),
        pending: [],
      });
    return { request, query } as unknown as LockManager;
  }

  #request(
    clientId: string,
    name: string,
    { signal, steal }: LockOptions,
    callback: LockGrantedCallback<unknown>,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const grant = () => {
        const rob = () => reject(new DOMException('stolen', 'AbortError'));
        const held = { clientId, rob };
        this.#held.set(name, held);
        Promise.resolve(callback({ name, mode: 'exclusive' }))
          .then(resolve, reject)
          .finally(() => {
            if (this.#held.get(name) === held) this.#release(name);
          });
      };
      if (steal) {
        this.#held.get(name)?.rob();
        grant();
        return;
      }
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      const waiting = { clientId, grant };
      queue.push(waiting);
      signal?.addEventListener('abort', () => {
        const index = queue.indexOf(waiting);
        if (index < 0) return;
        queue.splice(index, 1);
        reject(new DOMException('aborted', 'AbortError'));
      });
      if (!this.#held.has(name)) this.#release(name);
    });
  }

  #release(name: string): void {
    this.#held.delete(name);
    const next = this.#queues.get(name)?.shift();
    next?.grant();
  }
}
