import { SeededRandom } from '../../support/seeded-random.js';
import type { Machine } from '../models/machine.js';
import { type HostPlan, writeKey } from '../plan.js';
import type { World } from '../world.js';
import type { ClientSlot } from './client-slot.js';
import type { LiveClient } from './live-client.js';
import { filterSome } from './live-client.js';
import { NodeProcess } from './node-process.js';

/** A place on a machine where one process after the other runs the same app. */
export class NodeSlot implements ClientSlot {
  readonly name: string;
  readonly machine: Machine;
  readonly host: HostPlan;
  readonly #world: World;
  readonly #random: SeededRandom;
  process: NodeProcess | undefined;
  #startCount = 0;
  #bootId = 'boot-1';
  /** It is started again when it ended. */
  isWanted = true;

  constructor(world: World, machine: Machine, host: HostPlan, name: string) {
    this.name = name;
    this.machine = machine;
    this.host = host;
    this.#world = world;
    this.#random = new SeededRandom(world.drawSeed());
  }

  get client(): LiveClient | undefined {
    return this.process?.client;
  }

  start(): void {
    const { plan, network, ledger, storage, processWorlds } = this.#world;
    const name = `${this.name}#${++this.#startCount}`;
    const pidNamespace = this.host.areContainers ? `pid:[${this.name}]` : 'pid:[1]';
    const running = processWorlds.get(this.machine)!;
    const processes = running.start({ pidNamespace, bootId: this.#bootId });
    const process = new NodeProcess({
      ...{ name, seed: this.#random.fraction() * 2 ** 32, machine: this.machine, processes },
      ...{ rootPath: '/var/lib/app/queue', durability: this.host.durability },
      options: { ...plan.options, writeKey, endpoints: plan.endpoints, beforeStore: filterSome },
      encoding: this.host.encoding,
      ...{ network, ledger, storage },
    });
    this.process = process;
    process.life.onDeath(() => {
      running.kill(processes);
      this.#startLater();
    });
  }

  kill(): void {
    const process = this.process;
    if (!process || process.life.isDead || process.client.parts.book.end) return;
    this.#world.faults.add('clientKill');
    this.#world.ledger.note(`${process.life.name} is killed`);
    process.life.kill();
  }

  /** After a power cut nothing of before runs, and the kernel says so. */
  reboot(bootId: string): void {
    this.#bootId = bootId;
    this.process?.life.kill();
  }

  pause(): void {
    const process = this.process;
    if (!process?.client.isUsable) return;
    this.#world.faults.add('ownerPaused');
    this.#world.ledger.hasStoodStill = true;
    this.#world.ledger.note(`${process.life.name} stands still`);
    process.life.pause();
  }

  /** `first`: what its app was about to do when it was stopped. */
  resume(first?: (client: LiveClient) => void): void {
    const process = this.process;
    if (!process?.life.isPaused) return;
    this.#world.ledger.note(`${process.life.name} wakes up`);
    process.life.resume(() => first?.(process.client));
  }

  /** Whoever is to come comes at once. */
  startNow(): void {
    if (this.isWanted && this.process?.life.isDead) this.start();
  }

  #startLater(): void {
    const delayMs = 200 + this.#random.fraction() * this.host.restartMs;
    this.#world.clock.schedule(delayMs, () => this.startNow());
  }
}
