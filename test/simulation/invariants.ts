/** What must hold at the end, when everything was healed and has had its time. */
import type { EventRow } from '../../packages/storage/src/duckdb/event-row.js';
import type { ClientBook, TrackedEvent } from './ledger.js';
import type { World } from './world.js';

/** Whether nothing is left to wait for. */
export function isDrained(world: World): boolean {
  for (const event of world.ledger.events) if (isOwed(event) && !isOver(world, event)) return false;
  const isEmpty = world.origins.every(({ database }) => database.eventCount === 0);
  return (
    isEmpty &&
    world.liveClients.every(({ parts }) =>
      parts.book.events.every((event) => isOver(world, event)),
    ) &&
    world.slots.every(({ client }) => (client?.parts.store?.usage().events ?? 0) === 0)
  );
}

/** Stored, and nothing excuses its loss. */
function isOwed({ stored, excuse }: TrackedEvent): boolean {
  return stored !== undefined && stored.durability !== 'memory' && excuse === undefined;
}

function isOver({ storage }: World, event: TrackedEvent): boolean {
  const { rejectedCode, droppedReason, eventId } = event;
  return (
    rejectedCode !== undefined ||
    droppedReason !== undefined ||
    storage.isCounted(eventId) ||
    storage.isDeadLetter(eventId)
  );
}

export function checkInvariants(world: World, drainedMs: number | undefined): void {
  checkStored(world, drainedMs);
  checkOnce(world);
  checkRejected(world);
  checkTold(world);
  checkDrops(world);
  checkJitter(world);
  for (const client of world.ledger.clients) checkLedger(world, client);
}

/** Stored ⊆ counted, and in time. */
function checkStored(world: World, drainedMs: number | undefined): void {
  const missing: string[] = [];
  for (const event of world.ledger.events) {
    if (isOwed(event) && event.kind !== 'poison' && !isOver(world, event)) {
      missing.push(event.eventId);
    }
    if (event.excuse && event.stored && !isOver(world, event)) world.lostWithExcuse[event.excuse]++;
  }
  if (missing.length > 0) {
    world.ledger.breach('stored is counted', `${missing.length} stored events are lost`, missing);
  } else if (drainedMs === undefined) {
    const left = world.liveClients.map(
      ({ parts }) => `${parts.book.name}: ${parts.store?.usage().events}`,
    );
    world.ledger.breach('drained in time', `queues are not empty: ${left.join(', ')}`);
  }
}

/** Each once, under the number that it was tracked with. */
function checkOnce(world: World): void {
  const { ledger, storage } = world;
  const places = new Map<string, EventRow>();
  for (const row of storage.rows) {
    if (storage.rowsOf(row.eventId) > 1) {
      ledger.breach('each event once', `${row.eventId} is counted twice`, [row.eventId]);
    }
    if (row.type === 'report') continue;
    const event = ledger.find(row.eventId);
    if (!event) ledger.breach('each event once', `nobody tracked ${row.eventId}`, [row.eventId]);
    else if (row.queueId !== event.client.queueId || row.queueSeq !== event.seq) {
      ledger.breach('each event once', `${row.eventId} changed its number`, [row.eventId]);
    }
    const place = `${row.queueId} ${row.queueSeq}`;
    const other = places.get(place);
    if (other) {
      const ids = [row.eventId, other.eventId];
      ledger.breach('each event once', `${place} is counted as ${ids.join(' and ')}`, ids);
    }
    places.set(place, row);
  }
}

/** Definitely rejected ∩ counted = ∅, and only what deserves it is rejected. */
function checkRejected({ ledger, storage }: World): void {
  for (const { eventId, kind, rejectedCode } of ledger.events) {
    const isRejected = rejectedCode !== undefined || storage.isDeadLetter(eventId);
    if (isRejected && kind !== 'poison') {
      ledger.breach('only poison is rejected', `${eventId}: ${rejectedCode}`, [eventId]);
    }
    if (isRejected && storage.isCounted(eventId)) {
      ledger.breach('rejected is not counted', `${eventId} is both`, [eventId]);
    }
    if (kind === 'poison' && storage.isCounted(eventId)) {
      ledger.breach('poison is not counted', eventId, [eventId]);
    }
  }
}

/** Of what a client alone knows that it was refused, the collector was told. */
function checkTold({ ledger, storage }: World): void {
  const told = new Set<string>();
  for (const { type, queueId, dropped } of storage.rows) {
    if (type !== 'report') continue;
    for (const name of Object.keys(JSON.parse(dropped ?? '{}'))) {
      const [kind, , seq] = name.split('/');
      if (kind === 'rejected') told.add(`${queueId} ${seq}`);
    }
  }
  for (const { eventId, client, seq, rejectedCode, excuse } of ledger.events) {
    if (rejectedCode === undefined || excuse || storage.isDeadLetter(eventId)) continue;
    if (told.has(`${client.queueId} ${seq}`)) continue;
    const text = `${eventId} is refused ${rejectedCode}, and the collector was not told`;
    ledger.breach('every refusal is told', text, [eventId]);
  }
}

/** Every drop has its reason, and a reason that holds. */
function checkDrops({ ledger, plan, storage }: World): void {
  for (const event of ledger.events) {
    const { eventId, kind, droppedReason, trackedAtMs } = event;
    if (kind === 'unfit' && storage.isCounted(eventId)) {
      ledger.breach('unfit is not counted', eventId, [eventId]);
    }
    if (droppedReason !== 'expired') continue;
    if (ledger.nowMs - trackedAtMs >= plan.options.maxEventAgeMs) continue;
    ledger.breach('nothing expires early', `${eventId} expired`, [eventId]);
  }
}

/** Waits after failures are spread: a fleet must not come back in step. */
function checkJitter({ ledger }: World): void {
  const waits = ledger.clients.flatMap(({ backoffsMs }) => backoffsMs).filter((ms) => ms > 0);
  const isStep = (ms: number) => Math.abs(ms - Math.round(ms / 1_000) * 1_000) < 1;
  if (waits.length >= 5 && waits.every(isStep)) {
    ledger.breach('waits are spread', `${waits.length} waits are all whole seconds`);
  }
}

/** tracked = counted + rejected + dropped, by number; what a dead client had not stored is a gap. */
function checkLedger(world: World, client: ClientBook): void {
  const { storage, ledger } = world;
  const unaccounted = client.events.filter((event) => !isOver(world, event));
  const mayMiss = (event: TrackedEvent) =>
    event.excuse !== undefined ||
    (client.end === 'killed' && !isOwed(event)) ||
    (client.end === 'closed' && !isOwed(event) && (client.drops.get('shut_down') ?? 0) > 0);
  const missing = unaccounted.filter((event) => !mayMiss(event));
  if (
    missing.length > 0 &&
    !ledger.breaches.some(({ invariant }) => invariant === 'stored is counted')
  ) {
    const ids = missing.map(({ eventId }) => eventId);
    ledger.breach('the ledger adds up', `${client.name}: ${ids.length} events are nowhere`, ids);
  }
  checkReports(world, client);
  for (const event of client.events) {
    const { droppedReason, eventId } = event;
    // One that was sent in vain, as it seemed, may expire here and be counted there.
    const isBoth = droppedReason !== undefined && storage.isCounted(eventId);
    if (isBoth && droppedReason !== 'expired') {
      ledger.breach('the ledger adds up', `${eventId} is ${droppedReason} and counted`, [eventId]);
    }
  }
}

/** What a living client dropped, the collector was told. */
function checkReports(world: World, client: ClientBook): void {
  if (client.end !== undefined) return;
  const reported = reportedBy(world, client.queueId);
  const expected = client.events.filter(({ droppedReason }) => droppedReason !== undefined);
  const byReason = new Map<string, number>();
  for (const { droppedReason } of expected) {
    byReason.set(droppedReason!, (byReason.get(droppedReason!) ?? 0) + 1);
  }
  for (const [reason, count] of byReason) {
    const told = reported.get(reason) ?? 0;
    if (told === count) continue;
    const ids = expected.filter((e) => e.droppedReason === reason).map((e) => e.eventId);
    const text = `${client.name} dropped ${count} ${reason}, and ${told} are reported`;
    world.ledger.breach('every drop is reported', text, ids);
  }
}

/** Of each reporter the highest counts stand. */
function reportedBy({ storage }: World, queueId: string): Map<string, number> {
  const highest = new Map<string, Map<string, number>>();
  for (const row of storage.rows) {
    if (row.type !== 'report' || row.queueId !== queueId) continue;
    const own = highest.get(row.reporter ?? '') ?? new Map<string, number>();
    highest.set(row.reporter ?? '', own);
    for (const [reason, count] of Object.entries(JSON.parse(row.dropped ?? '{}'))) {
      own.set(reason, Math.max(own.get(reason) ?? 0, count as number));
    }
  }
  const total = new Map<string, number>();
  for (const own of highest.values()) {
    for (const [reason, count] of own) total.set(reason, (total.get(reason) ?? 0) + count);
  }
  return total;
}
