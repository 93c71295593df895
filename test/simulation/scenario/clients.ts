/** Processes that are killed, stand still, and start on a full disk. */
import type { Machine } from '../models/machine.js';
import { lastWords, noneAreBad } from './apps.js';
import type { Timetable } from './timetable.js';

/** Calls to the file system in which a process may die. */
const fatalCalls = ['unlink', 'unlink', 'rename', 'write', 'fdatasync', 'open', 'rmdir'] as const;

export function scheduleClients(when: Timetable): void {
  const { plan, slots } = when.world;
  if (plan.focus === 'calm') return;
  for (const slot of slots) {
    for (let n = when.often(0.8, 'kill', 'lease', 'power'); n > 0; n--) {
      const how = when.random.fraction();
      const calls = when.whole(1, 30);
      const call = when.chance(0.6) ? when.pick(fatalCalls) : undefined;
      when.at(when.between(0, when.endMs), () => {
        const { process } = slot;
        // The others look at the same moment, as they do when their heartbeats meet.
        when.after(when.between(1, 90_000), () => adoptAll(when, slot.machine));
        if (how < 0.4) slot.kill();
        else if (how < 0.55 && process?.client.isUsable) process.exit();
        else if (process?.client.isUsable) {
          when.world.faults.add('clientKill');
          process.files.killAt = call ? { count: 1, call } : { count: calls };
        }
      });
    }
    if (plan.focus !== 'lease' && !when.chance(0.08)) continue;
    for (let n = when.whole(1, 3); n > 0; n--) {
      when.during(5_000, 300_000, () => {
        slot.pause();
        const hasNews = when.chance(0.5);
        return () => slot.resume(hasNews ? () => lastWords(when, slot) : undefined);
      });
    }
  }
}

function adoptAll(when: Timetable, machine: Machine): void {
  for (const slot of when.world.slots) {
    if (slot.machine === machine && slot.client?.isUsable) void slot.process?.store?.adopt();
  }
}

/** At the end a process starts that cannot make a folder, and has nothing of its own to store. */
export function startOnFullDisk(when: Timetable): void {
  const { plan, slots, weather } = when.world;
  if (plan.focus !== 'disk' || !when.chance(0.5)) return;
  const endMs = when.endMs;
  const outage = { fault: 'requestLost', share: 1, startMs: endMs - 60_000, endMs } as const;
  weather.unshift({ ...outage, endpoint: undefined });
  when.at(endMs - 4_000, () => {
    for (const { client } of slots) if (client?.isUsable) client.track(3, noneAreBad);
  });
  when.at(endMs - 2_000, () => {
    for (const slot of slots) {
      slot.machine.isFull = true;
      slot.kill();
      slot.startNow();
    }
  });
}
