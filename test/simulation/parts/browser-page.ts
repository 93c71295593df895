/** One page with a client of the browser SDK: real queue, lock and sender over a model origin. */
import { ClientCore, type CoreOptions } from '@holdfast/sdk-core';
import { v7 } from 'uuid';
import type { LifecycleListeners } from '../../../packages/sdk-browser/src/page-lifecycle.js';
import { IndexedDbEventStore } from '../../../packages/sdk-browser/src/queue/indexed-db-event-store.js';
import { TabChannel } from '../../../packages/sdk-browser/src/tab-channel.js';
import { TabSender } from '../../../packages/sdk-browser/src/tab-sender.js';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Ledger } from '../ledger.js';
import { Life, ProcessClock } from '../models/life.js';
import { type ModelNetwork, ModelTransport } from '../models/model-network.js';
import type { ModelOrigin } from '../models/model-origin.js';
import type { StorageTier } from '../storage-tier.js';
import { LiveClient } from './live-client.js';
import { WatchedStore } from './watched-store.js';

export interface BrowserPageParts {
  readonly name: string;
  readonly seed: number;
  readonly origin: ModelOrigin;
  readonly clock: VirtualClock;
  readonly durability: 'process' | 'power';
  readonly options: CoreOptions;
  readonly network: ModelNetwork;
  readonly ledger: Ledger;
  readonly storage: StorageTier;
}

export class BrowserPage {
  readonly life: Life;
  readonly client: LiveClient;
  readonly lockName: string;
  isVisible = true;
  readonly #listeners = new Set<LifecycleListeners>();

  constructor(parts: BrowserPageParts) {
    const { name, seed, origin, options, ledger, storage } = parts;
    const life = new Life(name);
    const clock = new ProcessClock(parts.clock, life, () => origin.skewMs);
    const random = new SeededRandom(seed);
    this.life = life;
    this.lockName = `holdfast:${options.writeKey}`;
    const databaseName = `${this.lockName}#${name}`;
    const { core, store } = origin.enter(name, databaseName, life, () =>
      this.#wire(parts, clock, random, databaseName),
    );
    const book = ledger.open(name, core.outcomes.queueId, origin);
    this.client = new LiveClient({ core, life, book, options, store, random, storage });
    life.onDeath(() => {
      if (book.end === undefined) book.end = 'killed';
    });
    ledger.note(`${name} opens`);
  }

  /** The page goes out of sight, or comes back. */
  turn(isVisible: boolean): void {
    if (!this.life.isRunning || this.isVisible === isVisible) return;
    this.isVisible = isVisible;
    for (const listeners of this.#listeners) {
      if (isVisible) listeners.shown();
      else listeners.hidden();
    }
  }

  /** The browser says that it will stand still. */
  freeze(): void {
    this.turn(false);
    for (const listeners of this.#listeners) listeners.frozen();
  }

  /** As browser-analytics.ts wires it. */
  #wire(parts: BrowserPageParts, clock: ProcessClock, random: SeededRandom, name: string) {
    const { durability, options, network, ledger } = parts;
    const { life, lockName } = this;
    const newId = () => v7({ random: random.bytes(16), msecs: clock.nowMs() });
    const channel = new TabChannel(lockName);
    const store = new IndexedDbEventStore({
      ...{ name, durability, clock, random },
      onStored: (records) => sender.stored(records),
    });
    const { maxInFlightBatches: maxInFlight } = options;
    const core: ClientCore = new ClientCore({
      ...{ options, clock, random, queueId: newId() },
      store: new WatchedStore(store, ledger, life),
      transport: new ModelTransport({
        ...{ network, life, clock, name: life.name, maxInFlight },
        ...{ encoding: 'json', isPage: true },
      }),
      confirmSender: () => sender.confirm(),
      onFlush: () => void core.stored().then(() => sender.flush()),
    });
    const lifecycle = {
      isVisible: () => this.isVisible,
      watch: (listeners: LifecycleListeners) => {
        this.#listeners.add(listeners);
        return () => this.#listeners.delete(listeners);
      },
    };
    const sender: TabSender = new TabSender({
      ...{ name: lockName, clock, lifecycle, channel, store, core },
      onConsent: () => undefined,
    });
    sender.start();
    return { core, store };
  }
}
