/** What happens to a world while it is active: what its apps do, and what goes wrong when. */
import type { ClientSlot } from '../parts/client-slot.js';
import type { World } from '../world.js';
import { scheduleApp } from './apps.js';
import { scheduleClients, startOnFullDisk } from './clients.js';
import { scheduleMachines } from './machines.js';
import { scheduleNetwork } from './network.js';
import { scheduleBackends, scheduleCollectors, scheduleKafka } from './servers.js';
import { scheduleTabs } from './tabs.js';
import { Timetable } from './timetable.js';

/** Puts everything on the clock. The order is part of what a seed means. */
export function scheduleScenario(world: World): void {
  const when = new Timetable(world);
  const { plan, slots, tabs } = world;
  const all: ClientSlot[] = [...slots, ...tabs];
  for (const slot of all) scheduleApp(when, slot, plan.eventCount / all.length);
  scheduleNetwork(when);
  scheduleCollectors(when);
  scheduleKafka(when);
  scheduleClients(when);
  scheduleMachines(when);
  scheduleTabs(when);
  scheduleBackends(when);
  startOnFullDisk(when);
}
