import { limits } from './limits.js';

const eventIdPattern = /^[A-Za-z0-9._:-]+$/;
const uuidV7Pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const outsideAnyDay = '1970-01-01';
// Marked, or a browser's bundle, where nobody asks for the day, would keep both calls.
const firstDayMs = /* @__PURE__ */ Date.UTC(2020, 0, 1);
const lastDayEndMs = /* @__PURE__ */ Date.UTC(2100, 0, 1);

/** Whether `value` may be an eventId: 1–64 characters of `[A-Za-z0-9._:-]`. */
export function isEventId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= limits.maxEventIdLength &&
    eventIdPattern.test(value)
  );
}

/** Whether an eventId is a UUIDv7, whose first 48 bits are its time of birth in ms. */
export function isUuidV7(eventId: string): boolean {
  return uuidV7Pattern.test(eventId);
}

/** When a UUIDv7 was made, ms since the epoch; undefined for any other id. */
export function uuidV7Ms(eventId: string): number | undefined {
  if (!isUuidV7(eventId)) return undefined;
  return Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}

/**
 * The dedup partition of an event: a pure function of its bytes, so that every copy of an event has
 * the same one wherever and whenever it is computed. The day inside a UUIDv7 eventId; for any other
 * id the UTC day of `timestamp`; outside 2020…2099: 1970-01-01.
 */
export function idDay(eventId: string, timestamp: string): string {
  const ms = uuidV7Ms(eventId) ?? Date.parse(timestamp);
  if (!(ms >= firstDayMs && ms < lastDayEndMs)) return outsideAnyDay;
  return isoDay(ms);
}

let cachedDay = -1;
let cachedText = '';

/** toISOString costs over a microsecond, and nearly all events of a batch share their day. */
function isoDay(ms: number): string {
  const day = Math.floor(ms / 86_400_000);
  if (day !== cachedDay) {
    cachedDay = day;
    cachedText = new Date(day * 86_400_000).toISOString().slice(0, 10);
  }
  return cachedText;
}
