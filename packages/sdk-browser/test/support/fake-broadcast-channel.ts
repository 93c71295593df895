/** BroadcastChannel within one process, whose messages arrive with the next microtask. */
const open = new Map<string, Set<FakeBroadcastChannel>>();

export class FakeBroadcastChannel {
  readonly #peers: Set<FakeBroadcastChannel>;
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(name: string) {
    this.#peers = open.get(name) ?? new Set();
    open.set(name, this.#peers);
    this.#peers.add(this);
  }

  postMessage(message: unknown): void {
    const data = structuredClone(message);
    for (const peer of this.#peers) {
      if (peer !== this) queueMicrotask(() => this.#peers.has(peer) && peer.onmessage?.({ data }));
    }
  }

  close(): void {
    this.#peers.delete(this);
  }
}
