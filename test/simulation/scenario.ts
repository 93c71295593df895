/** What happens to a world while it is active: what its apps do, and what goes wrong when. */
import type { SeededRandom } from '../../packages/sdk-core/test/support/seeded-random.js';
import type { Machine } from './models/machine.js';
import type { NetworkFault } from './models/model-network.js';
import type { ModelOrigin } from './models/model-origin.js';
import type { ClientSlot } from './parts/client-slot.js';
import type { World } from './world.js';

const dayMs = 86_400_000;
const noneAreBad = { poison: 0, unfit: 0 };
/** Calls to the file system in which a process may die. */
const fatalCalls = ['unlink', 'unlink', 'rename', 'write', 'fdatasync', 'open', 'rmdir'] as const;
const fatalCollectorCalls = ['rename', 'rename', 'unlink', 'fdatasync', 'open', 'fsync'] as const;
const networkFaults: readonly NetworkFault[] = [
  'requestLost',
  'responseLost',
  'connectionReset',
  'duplicateDelivery',
  'lateDelivery',
  'commitThenTimeout',
  'truncatedAnswer',
  'foreignAnswer',
  'foreignWaitOrder',
  'foreignWaitBare',
  'staleAck',
  'batchRefused',
];

export class Scenario {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #endMs: number;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random;
    this.#endMs = world.plan.activeMs;
  }

  /** Puts everything on the clock. */
  schedule(): void {
    const { plan, slots, tabs } = this.#world;
    const all: ClientSlot[] = [...slots, ...tabs];
    for (const slot of all) this.#scheduleApp(slot, plan.eventCount / all.length);
    this.#scheduleNetwork();
    this.#scheduleCollectors();
    this.#scheduleKafka();
    this.#scheduleClients();
    this.#scheduleMachines();
    this.#scheduleTabs();
    this.#scheduleBackends();
    this.#startOnFullDisk();
  }

  /** Bursts of events, with what apps ask of a client between them. */
  #scheduleApp(slot: ClientSlot, count: number): void {
    const share = {
      poison: this.#chance(0.4) ? this.#poisonShare() : 0,
      unfit: this.#chance(0.4) ? 0.04 : 0,
    };
    let left = Math.max(3, count);
    while (left > 0) {
      const burst = this.#chance(0.2) ? this.#whole(10, 40) : this.#whole(1, 6);
      left -= burst;
      this.#at(this.#between(0, this.#endMs), () => {
        const { client } = slot;
        if (!client?.isUsable) return;
        client.track(burst, share);
        const chance = this.#random.fraction();
        const timeoutMs = this.#between(0, 20_000);
        const isLast = this.#chance(this.#lastWordsShare());
        if (chance < 0.6 || isLast) void client.stored().then(() => isLast && this.#endAll(slot));
        if (chance > 0.5 && chance < 0.62) void client.flush(timeoutMs);
        if (chance > 0.97) void client.shutdown(timeoutMs).then(() => this.#replace(slot));
      });
    }
  }

  /** Where a sink takes some events and not others, refused ones are to meet that, too. */
  #poisonShare(): number {
    return ['partition', 'archive'].includes(this.#world.plan.focus) ? 0.2 : 0.03;
  }

  /** How often the end comes just when an app was told that its events are stored. */
  #lastWordsShare(): number {
    switch (this.#world.plan.focus) {
      case 'power':
      case 'tabs':
      case 'kill':
        return 0.12;
      case 'calm':
        return 0;
      default:
        return 0.01;
    }
  }

  /** Somebody who was away tracks, is promised that it is stored, and dies. */
  #lastWords(slot: ClientSlot): void {
    const { client } = slot;
    if (this.#world.isHealed || !client?.isUsable) return;
    client.track(3, noneAreBad);
    client.parts.core.storeNow();
    void client.stored().then(() => this.#endAll(slot));
  }

  /** The worst moment: right behind a promise. */
  #endAll(slot: ClientSlot): void {
    const world = this.#world;
    if (world.isHealed || !slot.client?.isUsable) return;
    const isPower = world.plan.focus === 'power';
    const node = world.slots.find((each) => each === slot);
    const tab = world.tabs.find((each) => each === slot);
    if (isPower && node) world.cutPower(node.machine);
    else if (isPower && tab) world.cutOriginPower(tab.origin);
    else slot.kill();
  }

  /** An app that shut its client down ends, and is started again. */
  #replace(slot: ClientSlot): void {
    this.#world.clock.schedule(this.#between(100, 20_000), () => {
      if (slot.client?.parts.book.end === 'closed') slot.client.parts.life.kill();
    });
  }

  #scheduleNetwork(): void {
    const { plan, weather } = this.#world;
    if (plan.focus === 'calm') return;
    const windows = plan.focus === 'network' ? this.#whole(4, 9) : this.#whole(0, 3);
    for (let n = 0; n < windows; n++) {
      const fault = this.#pick(networkFaults);
      const startMs = this.#between(0, this.#endMs);
      const endMs = startMs + this.#between(10_000, 240_000);
      const share = this.#between(0.2, 1);
      const endpoint = this.#chance(0.3) ? plan.endpoints[0] : undefined;
      weather.push({ fault, share, startMs, endMs, endpoint });
    }
    // What is not sent yet is what a crash can lose.
    if (['power', 'kill', 'lease'].includes(plan.focus) && this.#chance(0.7)) {
      const startMs = this.#between(0, this.#endMs / 2);
      const endMs = startMs + this.#between(0.3, 0.9) * this.#endMs;
      weather.unshift({ fault: 'requestLost', share: 1, startMs, endMs, endpoint: undefined });
    }
    if (plan.focus !== 'failover') return;
    const startMs = this.#between(0, this.#endMs / 2);
    const endMs = startMs + this.#between(60_000, 600_000);
    const fault = this.#pick(['requestLost', 'foreignAnswer', 'foreignWaitOrder'] as const);
    weather.push({ fault, share: 1, startMs, endMs, endpoint: plan.endpoints[0] });
  }

  #scheduleCollectors(): void {
    const { plan, servers } = this.#world;
    for (const server of servers) {
      for (let n = this.#often(1.2, 'kafka', 'failover'); n > 0; n--) {
        this.#at(this.#between(0, this.#endMs), () => {
          const isDrained = this.#chance(0.3);
          if (isDrained) void server.drain();
          else server.crash();
          if (this.#chance(0.2)) server.epoch++;
        });
      }
      if (plan.focus === 'keys' || this.#chance(0.06)) {
        this.#during(20_000, 400_000, () => {
          server.isKeyUnknown = true;
          return () => {
            server.isKeyUnknown = false;
          };
        });
      }
      if (plan.focus === 'keys' || this.#chance(0.05)) {
        this.#during(20_000, 400_000, () => {
          server.isKeeperAway = true;
          if (this.#chance(0.7)) {
            server.crash();
            void server.start();
          }
          return () => {
            server.isKeeperAway = false;
          };
        });
      }
      if (plan.focus === 'keys' || this.#chance(0.15)) {
        this.#during(5_000, 120_000, () => {
          server.loopDelayMs = this.#between(650, 1_400);
          return () => {
            server.loopDelayMs = 0;
          };
        });
      }
      if (this.#chance(0.1)) server.skewMs = this.#between(-2, 2) * 3_600_000;
    }
  }

  #scheduleKafka(): void {
    const { plan, cluster } = this.#world;
    const { focus } = plan;
    const isLong = plan.activeMs > 4_200_000;
    if (focus === 'calm') return;
    if (focus === 'kafka' || this.#chance(0.1)) {
      const least = isLong ? 3_600_000 : 20_000;
      this.#during(least, isLong ? plan.activeMs * 0.9 : 300_000, () => {
        cluster.goDown();
        return () => cluster.comeUp();
      });
    }
    if (focus === 'partition' || this.#chance(0.1)) {
      this.#during(120_000, 600_000, () => {
        const index = this.#whole(0, plan.partitionCount - 1);
        cluster.takeDown(index, this.#chance(0.4));
        this.#world.ledger.note(`partition ${index} goes down`);
        return () => {
          cluster.bringBack(index);
          this.#world.ledger.note(`partition ${index} comes back`);
        };
      });
    }
    if (focus === 'partition') return;
    for (let n = this.#often(1, 'kafka') * 8; n > 0; n--) {
      this.#at(this.#between(0, this.#endMs), () =>
        cluster.moveLeader(this.#whole(0, plan.partitionCount - 1)),
      );
    }
    for (const kind of Object.keys(cluster.weather) as (keyof typeof cluster.weather)[]) {
      if (!this.#chance(focus === 'kafka' ? 0.5 : 0.12)) continue;
      this.#during(20_000, 240_000, () => {
        cluster.weather[kind] = this.#between(0.1, 0.7);
        return () => {
          cluster.weather[kind] = 0;
          cluster.noteTrouble();
        };
      });
    }
  }

  #scheduleClients(): void {
    const { plan, slots } = this.#world;
    if (plan.focus === 'calm') return;
    for (const slot of slots) {
      for (let n = this.#often(0.8, 'kill', 'lease', 'power'); n > 0; n--) {
        const how = this.#random.fraction();
        const calls = this.#whole(1, 30);
        const call = this.#chance(0.6) ? this.#pick(fatalCalls) : undefined;
        this.#at(this.#between(0, this.#endMs), () => {
          const { process } = slot;
          // The others look at the same moment, as they do when their heartbeats meet.
          this.#after(this.#between(1, 90_000), () => this.#adoptAll(slot.machine));
          if (how < 0.4) slot.kill();
          else if (how < 0.55 && process?.client.isUsable) process.exit();
          else if (process?.client.isUsable) {
            this.#world.faults.add('clientKill');
            process.files.killAt = call ? { count: 1, call } : { count: calls };
          }
        });
      }
      if (plan.focus !== 'lease' && !this.#chance(0.08)) continue;
      for (let n = this.#whole(1, 3); n > 0; n--) {
        this.#during(5_000, 300_000, () => {
          slot.pause();
          const hasNews = this.#chance(0.5);
          return () => slot.resume(hasNews ? () => this.#lastWords(slot) : undefined);
        });
      }
    }
  }

  #adoptAll(machine: Machine): void {
    for (const slot of this.#world.slots) {
      if (slot.machine === machine && slot.client?.isUsable) void slot.process?.store?.adopt();
    }
  }

  #scheduleMachines(): void {
    const { plan, machines } = this.#world;
    if (plan.focus === 'calm') return;
    for (const machine of machines) {
      this.#sicken(machine, plan.focus === 'disk' ? 0.9 : 0.07);
      const set = (change: (value: number) => void, least: number, most: number) =>
        this.#during(5_000, 120_000, () => {
          change(this.#between(least, most));
          return () => change(0);
        });
      const hasPower = plan.hosts[machines.indexOf(machine)]?.durability === 'power';
      if (hasPower && this.#chance(0.6)) {
        set(
          (share) => {
            machine.failedSyncShare = share;
          },
          0.1,
          0.6,
        );
      }
      if (hasPower && this.#chance(0.2)) {
        this.#during(60_000, 300_000, () => {
          machine.disk.isLying = true;
          return () => {
            machine.disk.isLying = false;
          };
        });
      }
      for (let n = this.#often(0.3, 'power'); n > 0; n--) {
        this.#at(this.#between(0, this.#endMs), () => this.#world.cutPower(machine));
      }
      const jumps = plan.focus === 'clock' ? this.#whole(2, 5) : this.#chance(0.1) ? 1 : 0;
      for (let n = 0; n < jumps; n++) {
        this.#at(this.#between(0, this.#endMs), () => {
          const skewMs = this.#chance(0.3) ? 0 : this.#between(-25, 25) * 365 * dayMs;
          this.#world.jumpClock(machine, skewMs);
        });
      }
    }
  }

  #scheduleTabs(): void {
    const { plan, tabs } = this.#world;
    if (plan.focus === 'calm') return;
    for (const tab of tabs) {
      for (let n = this.#often(1, 'tabs', 'kill'); n > 0; n--) {
        this.#at(this.#between(0, this.#endMs), () => tab.kill());
      }
      for (let n = this.#often(1, 'tabs'); n > 0; n--) {
        this.#during(3_000, 200_000, () => {
          tab.pause();
          return () => tab.resume();
        });
      }
      for (let n = this.#whole(0, 4); n > 0; n--) {
        this.#at(this.#between(0, this.#endMs), () => tab.turn());
      }
    }
    for (const origin of this.#world.origins) this.#scheduleOrigin(origin);
  }

  #scheduleBackends(): void {
    const { plan, backends } = this.#world;
    if (plan.focus === 'calm') return;
    for (const [index, { machine }] of backends.entries()) {
      this.#sicken(machine, plan.focus === 'archive' ? 0.4 : 0.1);
      const set = (share: number) => {
        machine.failedSyncShare = share;
      };
      if (this.#chance(0.4)) {
        this.#during(5_000, 60_000, () => {
          set(this.#between(0.1, 0.6));
          return () => set(0);
        });
      }
      for (let n = this.#often(0.6, 'archive', 'power'); n > 0; n--) {
        const calls = this.#whole(1, 60);
        const call = this.#chance(0.5) ? this.#pick(fatalCollectorCalls) : undefined;
        const isPowerCut = this.#chance(0.4);
        this.#at(this.#between(0, this.#endMs), () => {
          const server = this.#world.servers[index]!;
          const { disk } = backends[index]!;
          if (isPowerCut) this.#world.cutServerPower(index);
          else if (disk && server.isUp) {
            this.#world.faults.add('collectorKilledInsideCall');
            disk.killAt = call ? { count: 1, call } : { count: calls };
          }
        });
      }
    }
  }

  /** A disk that is full, fails, or takes only parts, for a while. */
  #sicken(machine: Machine, chance: number): void {
    if (this.#chance(chance)) {
      this.#during(5_000, 180_000, () => {
        machine.isFull = true;
        return () => {
          machine.isFull = false;
        };
      });
    }
    if (this.#chance(chance)) {
      this.#during(5_000, 120_000, () => {
        machine.errorShare = this.#between(0.01, 0.2);
        return () => {
          machine.errorShare = 0;
        };
      });
    }
    if (this.#chance(chance)) {
      this.#during(5_000, 120_000, () => {
        machine.shortWriteShare = this.#between(0.1, 0.8);
        return () => {
          machine.shortWriteShare = 0;
        };
      });
    }
  }

  /** At the end a process starts that cannot make a folder, and has nothing of its own to store. */
  #startOnFullDisk(): void {
    const { plan, slots, weather } = this.#world;
    if (plan.focus !== 'disk' || !this.#chance(0.5)) return;
    const endMs = this.#endMs;
    const outage = { fault: 'requestLost', share: 1, startMs: endMs - 60_000, endMs } as const;
    weather.unshift({ ...outage, endpoint: undefined });
    this.#at(endMs - 4_000, () => {
      for (const { client } of slots) if (client?.isUsable) client.track(3, noneAreBad);
    });
    this.#at(endMs - 2_000, () => {
      for (const slot of slots) {
        slot.machine.isFull = true;
        slot.kill();
        slot.startNow();
      }
    });
  }

  #scheduleOrigin(origin: ModelOrigin): void {
    const { database } = origin;
    if (this.#chance(0.25)) {
      this.#during(2_000, 90_000, () => {
        database.quotaShare = this.#between(0.3, 1);
        return () => {
          database.quotaShare = 0;
        };
      });
    }
    if (this.#chance(0.25)) {
      this.#during(2_000, 90_000, () => {
        database.dropShare = this.#between(0.05, 0.5);
        return () => {
          database.dropShare = 0;
        };
      });
    }
    for (let n = this.#often(0.3, 'power'); n > 0; n--) {
      this.#at(this.#between(0, this.#endMs), () => this.#world.cutOriginPower(origin));
    }
    for (let n = this.#often(0.2, 'clock'); n > 0; n--) {
      this.#at(this.#between(0, this.#endMs), () =>
        this.#world.jumpClock(origin, this.#between(-25, 25) * 365 * dayMs),
      );
    }
  }

  /** How often something happens: more where the seed looks at it. */
  #often(mean: number, ...focuses: readonly string[]): number {
    const isLookedAt = focuses.includes(this.#world.plan.focus);
    if (this.#world.plan.focus === 'calm') return 0;
    return isLookedAt
      ? this.#whole(1, 4)
      : this.#random.fraction() < mean / 3
        ? this.#whole(1, 2)
        : 0;
  }

  /** Begins something at a random time, and ends it after a while. */
  #during(leastMs: number, mostMs: number, begin: () => () => void): void {
    const startMs = this.#between(0, this.#endMs * 0.9);
    const lengthMs = this.#between(leastMs, Math.max(leastMs, mostMs));
    this.#at(startMs, () => {
      const end = begin();
      this.#after(lengthMs, end);
    });
  }

  #at(atMs: number, work: () => void): void {
    this.#world.clock.schedule(atMs, () => {
      if (!this.#world.isHealed) work();
    });
  }

  #after(delayMs: number, work: () => void): void {
    this.#world.clock.schedule(delayMs, work);
  }

  #chance(share: number): boolean {
    return this.#random.fraction() < share;
  }

  #between(least: number, most: number): number {
    return least + this.#random.fraction() * (most - least);
  }

  #whole(least: number, most: number): number {
    return Math.floor(this.#between(least, most + 1));
  }

  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random.fraction() * all.length)]!;
  }
}
