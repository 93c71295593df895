import type { Endpoints } from './endpoints.js';
import type { Clock, EventStore } from './ports.js';
import type { GateState } from './retry-gate.js';
import type { ServerTime } from './server-time.js';

interface SavedState {
  readonly epoch?: number;
  readonly gates?: Record<string, GateState>;
  readonly bases?: [string, number][];
}

/** What delivery knows that must outlive the process: gates, epoch, the bases of events' ages. */
export class DeliveryState {
  /** The highest epoch that a collector has named. */
  epoch = 0;
  readonly serverTime: ServerTime;
  readonly #clock: Clock;
  readonly #store: EventStore;
  readonly #endpoints: Endpoints;

  constructor(clock: Clock, store: EventStore, endpoints: Endpoints, serverTime: ServerTime) {
    this.#clock = clock;
    this.#store = store;
    this.#endpoints = endpoints;
    this.serverTime = serverTime;
  }

  noteEpoch(epoch: number): void {
    if (epoch <= this.epoch) return;
    this.epoch = epoch;
    this.save();
  }

  async load(): Promise<void> {
    const text = await this.#store.readState();
    if (!text) return;
    const { epoch, gates, bases } = parseState(text);
    this.epoch = Math.max(this.epoch, epoch ?? 0);
    this.serverTime.inherit(bases ?? []);
    this.#endpoints.inherit(gates ?? {}, this.#clock.monotonicMs(), this.#clock.nowMs());
  }

  /** Best effort: what cannot be saved costs a needless request after a restart, never an event. */
  save(): void {
    const nowMs = this.#clock.monotonicMs();
    const saved: SavedState = {
      epoch: this.epoch,
      gates: this.#endpoints.state(nowMs, this.#clock.nowMs()),
      bases: this.serverTime.bases(),
    };
    this.#store.writeState(JSON.stringify(saved)).catch(() => {});
  }
}

function parseState(text: string): SavedState {
  try {
    return JSON.parse(text) as SavedState;
  } catch {
    // Torn by a crash: the state begins anew, which costs at most a needless request.
    return {};
  }
}
