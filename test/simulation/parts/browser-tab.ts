import { SeededRandom } from '../../support/seeded-random.js';
import type { ModelOrigin } from '../models/model-origin.js';
import { type OriginPlan, writeKey } from '../plan.js';
import type { World } from '../world.js';
import { BrowserPage } from './browser-page.js';
import type { ClientSlot } from './client-slot.js';
import { filterSome, type LiveClient } from './live-client.js';

const longestRestartMs = 40_000;

/** A tab in which one page after the other runs the same app. */
export class BrowserTab implements ClientSlot {
  readonly name: string;
  readonly origin: ModelOrigin;
  readonly #plan: OriginPlan;
  readonly #world: World;
  readonly #random: SeededRandom;
  page: BrowserPage | undefined;
  #startCount = 0;

  constructor(world: World, origin: ModelOrigin, plan: OriginPlan, name: string) {
    this.name = name;
    this.origin = origin;
    this.#plan = plan;
    this.#world = world;
    this.#random = new SeededRandom(world.drawSeed());
  }

  get client(): LiveClient | undefined {
    return this.page?.client;
  }

  /** Whether it is the one that sends. */
  get isHolder(): boolean {
    const { page } = this;
    return page !== undefined && this.origin.locks.holder(page.lockName) === page.life.name;
  }

  start(): void {
    const { plan, network, ledger, storage, clock } = this.#world;
    const page = new BrowserPage({
      ...{ name: `${this.name}#${++this.#startCount}`, seed: this.#random.fraction() * 2 ** 32 },
      ...{ origin: this.origin, clock, durability: this.#plan.durability },
      options: { ...plan.options, writeKey, endpoints: plan.endpoints, beforeStore: filterSome },
      ...{ network, ledger, storage },
    });
    this.page = page;
    page.life.onDeath(() => {
      const delayMs = 200 + this.#random.fraction() * longestRestartMs;
      this.#world.clock.schedule(delayMs, () => this.startNow());
    });
  }

  startNow(): void {
    if (!this.#world.isClosed && this.page?.life.isDead) this.start();
  }

  /** It crashes, or is closed, or goes to another page. */
  kill(): void {
    const { page } = this;
    if (!page?.client.isUsable) return;
    const { faults, ledger } = this.#world;
    const isClosed = this.#random.fraction() < 0.4;
    ledger.note(`${page.life.name} ${isClosed ? 'is closed' : 'crashes'}`);
    faults.add(this.isHolder ? 'holderKilled' : 'tabKill');
    if (isClosed) page.turn(false);
    page.life.kill();
  }

  pause(): void {
    const { page } = this;
    if (!page?.client.isUsable) return;
    const { faults, ledger } = this.#world;
    const isTold = this.#random.fraction() < 0.4;
    ledger.note(`${page.life.name} stands still`);
    ledger.hasStoodStill = true;
    if (this.isHolder) faults.add('holderFrozen');
    if (isTold) page.freeze();
    page.life.pause();
  }

  resume(): void {
    const { page } = this;
    if (!page?.life.isPaused) return;
    this.#world.ledger.note(`${page.life.name} goes on`);
    page.life.resume();
    page.turn(true);
  }

  turn(): void {
    this.page?.turn(!this.page.isVisible);
  }
}
