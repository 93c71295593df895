/** Disks, power and clocks. */
import type { Machine } from '../models/machine.js';
import type { Timetable } from './timetable.js';

const dayMs = 86_400_000;

export function scheduleMachines(when: Timetable): void {
  const { plan, machines } = when.world;
  if (plan.focus === 'calm') return;
  for (const machine of machines) {
    sicken(when, machine, plan.focus === 'disk' ? 0.9 : 0.07);
    const set = (change: (value: number) => void, least: number, most: number) =>
      when.during(5_000, 120_000, () => {
        change(when.between(least, most));
        return () => change(0);
      });
    const hasPower = plan.hosts[machines.indexOf(machine)]?.durability === 'power';
    if (hasPower && when.chance(0.6)) {
      set(
        (share) => {
          machine.failedSyncShare = share;
        },
        0.1,
        0.6,
      );
    }
    if (hasPower && when.chance(0.2)) {
      when.during(60_000, 300_000, () => {
        machine.disk.isLying = true;
        return () => {
          machine.disk.isLying = false;
        };
      });
    }
    for (let n = when.often(0.3, 'power'); n > 0; n--) {
      when.at(when.between(0, when.endMs), () => when.world.cutPower(machine));
    }
    const jumps = plan.focus === 'clock' ? when.whole(2, 5) : when.chance(0.1) ? 1 : 0;
    for (let n = 0; n < jumps; n++) {
      when.at(when.between(0, when.endMs), () => {
        const skewMs = when.chance(0.3) ? 0 : when.between(-25, 25) * 365 * dayMs;
        when.world.jumpClock(machine, skewMs);
      });
    }
  }
}

/** A disk that is full, fails, or takes only parts, for a while. */
export function sicken(when: Timetable, machine: Machine, chance: number): void {
  if (when.chance(chance)) {
    when.during(5_000, 180_000, () => {
      machine.isFull = true;
      return () => {
        machine.isFull = false;
      };
    });
  }
  if (when.chance(chance)) {
    when.during(5_000, 120_000, () => {
      machine.errorShare = when.between(0.01, 0.2);
      return () => {
        machine.errorShare = 0;
      };
    });
  }
  if (when.chance(chance)) {
    when.during(5_000, 120_000, () => {
      machine.shortWriteShare = when.between(0.1, 0.8);
      return () => {
        machine.shortWriteShare = 0;
      };
    });
  }
}
