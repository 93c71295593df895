/** What the tabs of one origin on one device share: database, locks, messages. */

import { FakeLocks } from '../../../packages/sdk-browser/test/support/fake-locks.js';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultCounts } from '../fault-kinds.js';
import type { Place } from '../ledger.js';
import type { Life } from './life.js';
import { OriginDatabase, offerDatabase } from './model-indexed-db.js';

interface OpenChannel {
  readonly life: Life;
  onmessage: ((event: { data: unknown }) => void) | null;
}

export class ModelOrigin implements Place {
  readonly name: string;
  readonly database: OriginDatabase;
  readonly locks = new FakeLocks();
  skewMs = 0;
  lastPowerLossMs = Number.NEGATIVE_INFINITY;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #channels = new Set<OpenChannel>();

  constructor(name: string, seed: number, clock: VirtualClock, faults: FaultCounts) {
    this.name = name;
    this.#clock = clock;
    this.#random = new SeededRandom(seed);
    this.database = new OriginDatabase(clock, new SeededRandom(seed ^ 0x51ed270b), faults);
  }

  get lastFaultMs(): number {
    return this.database.lastFaultMs;
  }

  heal(): void {
    this.database.quotaShare = 0;
    this.database.dropShare = 0;
  }

  cutPower(): void {
    this.lastPowerLossMs = this.#clock.monotonicMs();
    this.database.cutPower();
  }

  /** Lets a tab see the origin while `work` makes its parts: they look for the platform once. */
  enter<T>(tabId: string, databaseName: string, life: Life, work: () => T): T {
    offerDatabase(databaseName, this.database, life);
    const locks = this.#lockManager(tabId, life);
    const platform = { navigator: { locks }, BroadcastChannel: this.#channelOf(life) };
    const before = Object.fromEntries(
      Object.keys(platform).map((name) => [
        name,
        Object.getOwnPropertyDescriptor(globalThis, name),
      ]),
    );
    for (const [name, value] of Object.entries(platform)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    try {
      return work();
    } finally {
      for (const [name, descriptor] of Object.entries(before)) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else Reflect.deleteProperty(globalThis, name);
      }
    }
  }

  /** A tab hears of its locks as everything else: not while it is frozen, never when it is dead. */
  #lockManager(tabId: string, life: Life): LockManager {
    const manager = this.locks.manager(tabId);
    life.onDeath(() => this.locks.leave(tabId));
    const request = (
      name: string,
      options: LockOptions,
      callback: LockGrantedCallback<unknown>,
    ): Promise<unknown> => {
      if (life.isDead) return new Promise(() => undefined);
      const held = (lock: Lock | null) =>
        new Promise<unknown>((resolve) => life.deliver(() => resolve(callback(lock))));
      return life.seen(manager.request(name, options, held));
    };
    return { request, query: () => life.seen(manager.query()) } as unknown as LockManager;
  }

  #channelOf(life: Life): unknown {
    const channels = this.#channels;
    const post = (from: OpenChannel, message: unknown) => this.#post(from, message);
    life.onDeath(() => {
      for (const channel of channels) if (channel.life === life) channels.delete(channel);
    });
    return class implements OpenChannel {
      readonly life = life;
      onmessage: ((event: { data: unknown }) => void) | null = null;

      constructor() {
        channels.add(this);
      }

      postMessage(message: unknown): void {
        post(this, message);
      }

      close(): void {
        channels.delete(this);
      }
    };
  }

  #post(from: OpenChannel, message: unknown): void {
    if (from.life.isDead) return;
    const data = structuredClone(message);
    for (const channel of this.#channels) {
      if (channel === from) continue;
      this.#clock.schedule(this.#random.fraction() * 3, () =>
        channel.life.deliver(() => {
          if (this.#channels.has(channel)) channel.onmessage?.({ data });
        }),
      );
    }
  }
}
