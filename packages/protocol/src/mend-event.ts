/**
 * What an app gives of an event, made into what a collector takes: what has an obvious meaning is
 * taken, what has none is left out and told. The limits are those of the wire.
 *
 * - Ids: text; numbers and bigints become text; what JSON.stringify makes text of is that text.
 *   Null and '' are none. An id is never cut: two people would become one. Too long, it is left
 *   out.
 * - Names: the same, but cut at their limit.
 * - Timestamps: RFC 3339; a Date, ms since the epoch and an ISO 8601 text with a zone, or of a day
 *   alone (in UTC), become that.
 * - Properties, traits, context: any object but an array; null is none. What JSON.stringify cannot
 *   write, or a collector would refuse, is left out as a whole, the key `__proto__` alone.
 */
import { priorities } from './event.js';
import { isEventId } from './event-id.js';
import { asJson, JsonShape } from './json-shape.js';
import { limits } from './limits.js';
import { isTimestamp } from './timestamp.js';

/** A member that is not taken as it was given. */
export interface MemberFault {
  readonly member: string;
  readonly kind: 'left_out' | 'truncated';
  /** What is wrong, and what would be right. */
  readonly detail: string;
}

export interface MendedEvent {
  readonly members: Record<string, unknown>;
  readonly faults: readonly MemberFault[];
}

/** What a rule makes of a value; undefined: nothing, as if it had not been given. */
type Rule = (value: unknown, fault: TellFault) => unknown;
type TellFault = (detail: string, kind?: MemberFault['kind']) => void;

const { maxNameLength } = limits;
/** Of each event, its own members and those that a client adds. */
const otherKeys = 32;

type Members = Record<string, unknown>;

const rules: Readonly<Record<string, Rule | undefined>> = {
  // A member may be named as what objects have by themselves.
  __proto__: null as never,
  ...{ userId: id, anonymousId: id, sessionId: id, groupId: id, previousId: id },
  ...{ type: name, event: name, name, eventId, timestamp, priority },
};
const objectNames: ReadonlySet<string> = new Set(['properties', 'traits', 'context']);

/** Mends the members of an event, or of a part of one. Unknown members stay, if JSON has them. */
export function mendEvent(given: object): MendedEvent {
  const members: Members = {};
  const faults: MemberFault[] = [];
  const shape = new JsonShape(limits.maxKeys - otherKeys);
  let member = '';
  const fault: TellFault = (detail, kind = 'left_out') => faults.push({ member, kind, detail });
  for (member of Object.keys(given)) {
    try {
      const mended = mendMember(member, (given as Members)[member], shape, fault);
      if (mended !== undefined) members[member] = mended;
    } catch {
      fault('cannot be read');
    }
  }
  return { members, faults };
}

function mendMember(member: string, value: unknown, shape: JsonShape, fault: TellFault): unknown {
  const rule = rules[member];
  if (rule !== undefined) return rule(value, fault);
  if (objectNames.has(member)) return object(value, shape, fault);
  if (member === '__proto__') return undefined;
  return storable(value, asJson(value), shape, fault);
}

/** Of a text, or what JSON.stringify or a template makes one of; undefined: of nothing. */
function textOf(value: unknown): string | undefined {
  const plain = asJson(value);
  if (typeof plain === 'string') return plain;
  if (typeof plain === 'bigint') return String(plain);
  return typeof plain === 'number' && Number.isFinite(plain) ? String(plain) : undefined;
}

function id(value: unknown, fault: TellFault): string | undefined {
  if (typeof value === 'string' && value.length <= maxNameLength) return value || undefined;
  if (isNone(value)) return undefined;
  const text = textOf(value);
  if (text !== undefined && text.length <= maxNameLength) return text || undefined;
  fault(`must be text of at most ${maxNameLength} characters, not ${shown(value)}`);
  return undefined;
}

function name(value: unknown, fault: TellFault): string | undefined {
  if (typeof value === 'string' && value.length <= maxNameLength) return value || undefined;
  if (isNone(value)) return undefined;
  const text = textOf(value);
  if (text === undefined) fault(`must be text, not ${shown(value)}`);
  if (text === undefined || text.length <= maxNameLength) return text || undefined;
  fault(`is cut at ${maxNameLength} characters`, 'truncated');
  // Not within a pair of surrogates.
  return text.slice(0, maxNameLength).replace(/[\ud800-\udbff]$/, '');
}

function eventId(value: unknown, fault: TellFault): string | undefined {
  if (isNone(value)) return undefined;
  const text = textOf(value);
  if (isEventId(text)) return text;
  fault(`must be 1–${limits.maxEventIdLength} of A–Z a–z 0–9 . _ : -, not ${shown(value)}`);
  return undefined;
}

function priority(value: unknown, fault: TellFault): unknown {
  if (isNone(value)) return undefined;
  if ((priorities as readonly unknown[]).includes(value)) return value;
  fault(`must be low, normal or critical, not ${shown(value)}`);
  return undefined;
}

function timestamp(value: unknown, fault: TellFault): string | undefined {
  if (isNone(value)) return undefined;
  const plain = asJson(value);
  const text = isTimestamp(plain) ? plain : timestampText(plain);
  if (isTimestamp(text)) return text;
  fault(`must be a Date, ms since the epoch, or RFC 3339, not ${shown(value)}`);
  return undefined;
}

/** With a zone: without one it would mean another moment on each machine. */
const isoPattern =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)$/;

function timestampText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') {
    const date = new Date(Number(value));
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  }
  if (typeof value !== 'string') return undefined;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return `${value}T00:00:00.000Z`;
  const match = isoPattern.exec(value.trim());
  if (!match) return undefined;
  const [, day, minute, second = '00', fraction, zone = 'Z'] = match;
  const digits = fraction ? `.${fraction.slice(0, 9)}` : '';
  const colon =
    zone.length > 1 ? `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}` : 'Z';
  return `${day}T${minute}:${second}${digits}${colon}`;
}

/** Of an object that an event holds; undefined: none, or one that is left out. */
function object(given: unknown, shape: JsonShape, fault: TellFault): unknown {
  if (isNone(given)) return undefined;
  const plain = asJson(given);
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) {
    return storable(given, plain, shape, fault);
  }
  fault(`must be an object, not ${shown(given)}`);
  return undefined;
}

/** What of a value a collector takes. */
function storable(given: unknown, plain: unknown, shape: JsonShape, fault: TellFault): unknown {
  // The event itself is the first level.
  const detail = shape.faultOf(plain, 2);
  if (detail !== undefined) fault(detail);
  if (detail !== undefined || !shape.hasForbiddenKey)
    return detail === undefined ? given : undefined;
  shape.hasForbiddenKey = false;
  fault('has the key __proto__, which is left out');
  const isAllowed = (key: string, value: unknown) => (key === '__proto__' ? undefined : value);
  return JSON.parse(JSON.stringify(given), isAllowed);
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}
