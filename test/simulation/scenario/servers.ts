/** Collectors, Kafka and the disks of those that have one. */
import { sicken } from './machines.js';
import type { Timetable } from './timetable.js';

/** Calls to the file system in which a collector may die. */
const fatalCollectorCalls = ['rename', 'rename', 'unlink', 'fdatasync', 'open', 'fsync'] as const;

export function scheduleCollectors(when: Timetable): void {
  const { plan, servers } = when.world;
  for (const server of servers) {
    for (let n = when.often(1.2, 'kafka', 'failover'); n > 0; n--) {
      when.at(when.between(0, when.endMs), () => {
        const isDrained = when.chance(0.3);
        if (isDrained) void server.drain();
        else server.crash();
        if (when.chance(0.2)) server.epoch++;
      });
    }
    if (plan.focus === 'keys' || when.chance(0.06)) {
      when.during(20_000, 400_000, () => {
        server.isKeyUnknown = true;
        return () => {
          server.isKeyUnknown = false;
        };
      });
    }
    if (plan.focus === 'keys' || when.chance(0.05)) {
      when.during(20_000, 400_000, () => {
        server.isKeeperAway = true;
        if (when.chance(0.7)) {
          server.crash();
          void server.start();
        }
        return () => {
          server.isKeeperAway = false;
        };
      });
    }
    if (plan.focus === 'keys' || when.chance(0.15)) {
      when.during(5_000, 120_000, () => {
        server.loopDelayMs = when.between(650, 1_400);
        return () => {
          server.loopDelayMs = 0;
        };
      });
    }
    if (when.chance(0.1)) server.skewMs = when.between(-2, 2) * 3_600_000;
  }
}

export function scheduleKafka(when: Timetable): void {
  const { plan, cluster } = when.world;
  const { focus } = plan;
  const isLong = plan.activeMs > 4_200_000;
  if (focus === 'calm') return;
  if (focus === 'kafka' || when.chance(0.1)) {
    const least = isLong ? 3_600_000 : 20_000;
    when.during(least, isLong ? plan.activeMs * 0.9 : 300_000, () => {
      cluster.goDown();
      return () => cluster.comeUp();
    });
  }
  if (focus === 'partition' || when.chance(0.1)) {
    when.during(120_000, 600_000, () => {
      const index = when.whole(0, plan.partitionCount - 1);
      cluster.takeDown(index, when.chance(0.4));
      when.world.ledger.note(`partition ${index} goes down`);
      return () => {
        cluster.bringBack(index);
        when.world.ledger.note(`partition ${index} comes back`);
      };
    });
  }
  if (focus === 'partition') return;
  for (let n = when.often(1, 'kafka') * 8; n > 0; n--) {
    when.at(when.between(0, when.endMs), () =>
      cluster.moveLeader(when.whole(0, plan.partitionCount - 1)),
    );
  }
  for (const kind of Object.keys(cluster.weather) as (keyof typeof cluster.weather)[]) {
    if (!when.chance(focus === 'kafka' ? 0.5 : 0.12)) continue;
    when.during(20_000, 240_000, () => {
      cluster.weather[kind] = when.between(0.1, 0.7);
      return () => {
        cluster.weather[kind] = 0;
        cluster.noteTrouble();
      };
    });
  }
}

export function scheduleBackends(when: Timetable): void {
  const { plan, backends } = when.world;
  if (plan.focus === 'calm') return;
  for (const [index, { machine }] of backends.entries()) {
    sicken(when, machine, plan.focus === 'archive' ? 0.4 : 0.1);
    const set = (share: number) => {
      machine.failedSyncShare = share;
    };
    if (when.chance(0.4)) {
      when.during(5_000, 60_000, () => {
        set(when.between(0.1, 0.6));
        return () => set(0);
      });
    }
    for (let n = when.often(0.6, 'archive', 'power'); n > 0; n--) {
      const calls = when.whole(1, 60);
      const call = when.chance(0.5) ? when.pick(fatalCollectorCalls) : undefined;
      const isPowerCut = when.chance(0.4);
      when.at(when.between(0, when.endMs), () => {
        const server = when.world.servers[index]!;
        const { disk } = backends[index]!;
        if (isPowerCut) when.world.cutServerPower(index);
        else if (disk && server.isUp) {
          when.world.faults.add('collectorKilledInsideCall');
          disk.killAt = call ? { count: 1, call } : { count: calls };
        }
      });
    }
  }
}
