/** What apps do with their clients, and how these end at the worst moment. */
import type { ClientSlot } from '../parts/client-slot.js';
import type { Timetable } from './timetable.js';

/** Events of which none is meant to be refused. */
export const noneAreBad = { poison: 0, unfit: 0 };

/** Bursts of events, with what apps ask of a client between them. */
export function scheduleApp(when: Timetable, slot: ClientSlot, count: number): void {
  const share = {
    poison: when.chance(0.4) ? poisonShare(when) : 0,
    unfit: when.chance(0.4) ? 0.04 : 0,
  };
  let left = Math.max(3, count);
  while (left > 0) {
    const burst = when.chance(0.2) ? when.whole(10, 40) : when.whole(1, 6);
    left -= burst;
    when.at(when.between(0, when.endMs), () => {
      const { client } = slot;
      if (!client?.isUsable) return;
      client.track(burst, share);
      const chance = when.random.fraction();
      const timeoutMs = when.between(0, 20_000);
      const isLast = when.chance(lastWordsShare(when));
      if (chance < 0.6 || isLast) void client.stored().then(() => isLast && endAll(when, slot));
      if (chance > 0.5 && chance < 0.62) void client.flush(timeoutMs);
      if (chance > 0.97) void client.shutdown(timeoutMs).then(() => replace(when, slot));
    });
  }
}

/** Where a sink takes some events and not others, refused ones are to meet that, too. */
function poisonShare(when: Timetable): number {
  return ['partition', 'archive'].includes(when.world.plan.focus) ? 0.2 : 0.03;
}

/** How often the end comes just when an app was told that its events are stored. */
function lastWordsShare(when: Timetable): number {
  switch (when.world.plan.focus) {
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

/** An app that shut its client down ends, and is started again. */
function replace(when: Timetable, slot: ClientSlot): void {
  when.world.clock.schedule(when.between(100, 20_000), () => {
    if (slot.client?.parts.book.end === 'closed') slot.client.parts.life.kill();
  });
}

/** Somebody who was away tracks, is promised that it is stored, and dies. */
export function lastWords(when: Timetable, slot: ClientSlot): void {
  const { client } = slot;
  if (when.world.isHealed || !client?.isUsable) return;
  client.track(3, noneAreBad);
  void client.stored().then(() => endAll(when, slot));
}

/** The worst moment: right behind a promise. */
function endAll(when: Timetable, slot: ClientSlot): void {
  const world = when.world;
  if (world.isHealed || !slot.client?.isUsable) return;
  const isPower = world.plan.focus === 'power';
  const node = world.slots.find((each) => each === slot);
  const tab = world.tabs.find((each) => each === slot);
  if (isPower && node) world.cutPower(node.machine);
  else if (isPower && tab) world.cutOriginPower(tab.origin);
  else slot.kill();
}
