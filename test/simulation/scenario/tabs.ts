/** Tabs that are killed and frozen, and the browser's storage. */
import type { ModelOrigin } from '../models/model-origin.js';
import type { Timetable } from './timetable.js';

const dayMs = 86_400_000;

export function scheduleTabs(when: Timetable): void {
  const { plan, tabs } = when.world;
  if (plan.focus === 'calm') return;
  for (const tab of tabs) {
    for (let n = when.often(1, 'tabs', 'kill'); n > 0; n--) {
      when.at(when.between(0, when.endMs), () => tab.kill());
    }
    for (let n = when.often(1, 'tabs'); n > 0; n--) {
      when.during(3_000, 200_000, () => {
        tab.pause();
        return () => tab.resume();
      });
    }
    for (let n = when.whole(0, 4); n > 0; n--) {
      when.at(when.between(0, when.endMs), () => tab.turn());
    }
  }
  for (const origin of when.world.origins) scheduleOrigin(when, origin);
}

function scheduleOrigin(when: Timetable, origin: ModelOrigin): void {
  const { database } = origin;
  if (when.chance(0.25)) {
    when.during(2_000, 90_000, () => {
      database.quotaShare = when.between(0.3, 1);
      return () => {
        database.quotaShare = 0;
      };
    });
  }
  if (when.chance(0.25)) {
    when.during(2_000, 90_000, () => {
      database.dropShare = when.between(0.05, 0.5);
      return () => {
        database.dropShare = 0;
      };
    });
  }
  for (let n = when.often(0.3, 'power'); n > 0; n--) {
    when.at(when.between(0, when.endMs), () => when.world.cutOriginPower(origin));
  }
  for (let n = when.often(0.2, 'clock'); n > 0; n--) {
    when.at(when.between(0, when.endMs), () =>
      when.world.jumpClock(origin, when.between(-25, 25) * 365 * dayMs),
    );
  }
}
