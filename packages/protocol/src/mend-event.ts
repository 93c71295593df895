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
 * - Properties, traits, context: what JSON.stringify writes of any object but an array; null is
 *   none. What it cannot write, or a collector would refuse, is left out as a whole, the key
 *   `__proto__` alone. Members that the wire does not name: any value, in the same way.
 *
 * What is taken is a copy, so that nobody changes it after it was looked at.
 */
import { priorities } from './event.js';
import { isEventId } from './event-id.js';
import { JsonShape } from './json-shape.js';
import { limits } from './limits.js';
import { isTimestamp } from './timestamp.js';

/** A member that is not taken as it was given. */
export interface MemberFault {
  readonly member: string;
  readonly kind: 'left_out' | 'truncated' | 'mended';
  /** What is wrong, and what would be right. */
  readonly detail: string;
}

export interface MendedEvent {
  readonly members: Record<string, unknown>;
  readonly faults: readonly MemberFault[];
  /** Of the members and all below them, those beside included. */
  readonly keys: number;
}

/** What a rule makes of a value; undefined: nothing, as if it had not been given. */
type Rule = (value: unknown, fault: TellFault) => unknown;
type TellFault = (detail: string, kind?: MemberFault['kind']) => void;

const { maxNameLength } = limits;
/** Those that a client adds: eventId, timestamp, type, priority, queue with id and seq. */
const clientKeys = 7;

type Members = Record<string, unknown>;

const rules: Readonly<Record<string, Rule | undefined>> = {
  // A member may be named as what objects have by themselves.
  __proto__: null as never,
  ...{ userId: id, anonymousId: id, sessionId: id, groupId: id, previousId: id },
  ...{ type: name, event: name, name, eventId, timestamp, priority },
};
const objectNames: ReadonlySet<string> = new Set(['properties', 'traits', 'context']);

/** Mends the members of an event, or of a part of one, of which `keysBeside` keys are elsewhere. */
export function mendEvent(given: object, keysBeside = 0): MendedEvent {
  const members: Members = {};
  const faults: MemberFault[] = [];
  const shape = new JsonShape(limits.maxKeys - clientKeys - keysBeside);
  let member = '';
  const fault: TellFault = (detail, kind = 'left_out') => faults.push({ member, kind, detail });
  for (member of memberNames(given)) {
    try {
      const mended = mendMember(member, (given as Members)[member], shape, fault);
      if (mended !== undefined) members[member] = mended;
    } catch (cause) {
      fault(`cannot be read: ${cause instanceof Error ? cause.message : 'it throws'}`);
    }
  }
  return { members, faults, keys: limits.maxKeys - clientKeys - shape.keysLeft };
}

/** Those that the wire names come first: the others may not use up the event's keys. */
function memberNames(given: object): string[] {
  let names: string[];
  try {
    names = Object.keys(given);
  } catch {
    // A proxy that is revoked, or does not tell.
    return [];
  }
  const isKnown = (name: string) => rules[name] !== undefined || objectNames.has(name);
  return names.every(isKnown)
    ? names
    : [...names.filter(isKnown), ...names.filter((n) => !isKnown(n))];
}

function mendMember(member: string, value: unknown, shape: JsonShape, fault: TellFault): unknown {
  const rule = rules[member];
  if (rule !== undefined) return rule(value, fault);
  if (objectNames.has(member)) return object(value, shape, fault);
  if (member === '__proto__') return undefined;
  if (!/\p{Surrogate}/u.test(member)) return storable(plainOf(value), shape, fault);
  fault('is no Unicode text');
  return undefined;
}

/** As JSON has it; undefined: not at all. Throws what a getter or toJSON throws. */
function plainOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value !== 'function' && typeof value !== 'bigint') return value;
  }
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined ? undefined : JSON.parse(json);
}

/** Of a text, or of what JSON.stringify makes a text or a number of; undefined: of nothing. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'bigint') return String(value);
  const plain = typeof value === 'object' ? plainOf(value) : value;
  if (typeof plain === 'string') return plain;
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
  const plain = typeof value === 'object' ? plainOf(value) : value;
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
  const plain = typeof given === 'object' ? plainOf(given) : given;
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) {
    return storable(plain, shape, fault);
  }
  fault(`must be an object, not ${shown(plain)}`);
  return undefined;
}

/** What of a value a collector takes. */
function storable(plain: unknown, shape: JsonShape, fault: TellFault): unknown {
  if (plain === undefined || typeof plain === 'symbol') return undefined;
  // The event itself is the first level.
  const detail = shape.faultOf(plain, 2);
  if (detail !== undefined) {
    fault(detail);
    return undefined;
  }
  if (!shape.hasForbiddenKey) return plain;
  fault('has the key __proto__, which no event may have', 'mended');
  const isAllowed = (key: string, value: unknown) => (key === '__proto__' ? undefined : value);
  return JSON.parse(JSON.stringify(plain), isAllowed);
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** A value in the words of an error. Never throws. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}
