/** Finds the members of one event without parsing them. */
import { eventFault, type JsonCursor } from './scan-json.js';

/** The top-level members that a collector looks at; all others pass through unread. */
const memberNames = [
  'type',
  'eventId',
  'timestamp',
  'userId',
  'anonymousId',
  'sessionId',
  'event',
  'name',
  'groupId',
  'previousId',
  'properties',
  'traits',
  'context',
  'priority',
  'queue',
] as const;
export type MemberName = (typeof memberNames)[number];

const indexOf = Object.fromEntries(memberNames.map((name, i) => [name, i])) as {
  readonly [name in MemberName]: number;
};
const indexByText = new Map<string, number>(memberNames.map((name, i) => [name, i]));
const namesByLength: { readonly name: Buffer; readonly index: number }[][] = [];
memberNames.forEach((name, index) => {
  namesByLength[name.length] ??= [];
  namesByLength[name.length]!.push({ name: Buffer.from(name), index });
});

const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;

/** Where the members of the last scanned event stand; one is reused for all events of a batch. */
export class ScannedEvent {
  readonly cursor: JsonCursor;
  start = 0;
  end = 0;
  isObject = false;
  #present = 0;
  #unknownKeys: Set<string> | undefined;
  readonly #starts = new Int32Array(memberNames.length);
  readonly #ends = new Int32Array(memberNames.length);

  constructor(cursor: JsonCursor) {
    this.cursor = cursor;
  }

  /** Scans the value at the cursor as an event. False: not JSON. */
  scan(): boolean {
    const { cursor } = this;
    cursor.beginEvent();
    this.#present = 0;
    this.#unknownKeys = undefined;
    this.isObject = cursor.next() === openBrace;
    this.start = cursor.pos;
    const isJson = this.isObject ? this.#scanMembers() : cursor.skipValue(0);
    this.end = cursor.pos;
    return isJson;
  }

  has(name: MemberName): boolean {
    return (this.#present & (1 << indexOf[name])) !== 0;
  }

  /** The first byte of a member's value. */
  firstByte(name: MemberName): number {
    return this.cursor.bytes[this.#starts[indexOf[name]]!]!;
  }

  /** A member that is a string, decoded; undefined if it is absent or anything else. */
  text(name: MemberName): string | undefined {
    if (!this.has(name) || this.firstByte(name) !== quote) return undefined;
    const index = indexOf[name];
    return this.cursor.text(this.#starts[index]! + 1, this.#ends[index]! - 1);
  }

  /** Whether a member is a string of 1 to `maxLength` characters. */
  isText(name: MemberName, maxLength: number): boolean {
    if (this.firstByte(name) !== quote) return false;
    const index = indexOf[name];
    const byteLength = this.#ends[index]! - this.#starts[index]! - 2;
    if (byteLength === 0) return false;
    // A string has at most as many characters as bytes: decode only what may be too long.
    return byteLength <= maxLength || this.text(name)!.length <= maxLength;
  }

  /** A member's JSON. To be parsed only after the event's faults were looked at. */
  source(name: MemberName): string {
    const index = indexOf[name];
    return this.cursor.bytes.toString('utf8', this.#starts[index]!, this.#ends[index]!);
  }

  #scanMembers(): boolean {
    const { cursor } = this;
    cursor.pos++;
    if (cursor.next() === closeBrace) {
      cursor.pos++;
      return true;
    }
    for (;;) {
      if (!cursor.skipKey()) return false;
      const index = this.#indexOfKey(cursor.keyStart, cursor.keyEnd);
      cursor.next();
      const start = cursor.pos;
      if (!cursor.skipValue(1)) return false;
      if (index >= 0) {
        this.#starts[index] = start;
        this.#ends[index] = cursor.pos;
      }
      const after = cursor.next();
      cursor.pos++;
      if (after === closeBrace) return true;
      if (after !== comma) return false;
    }
  }

  /** The known member that a key names, or -1; notes a key that stood here before. */
  #indexOfKey(start: number, end: number): number {
    const index = this.#indexOfPlainKey(start, end);
    if (index >= 0) return this.#claim(index);
    const { cursor } = this;
    if ((cursor.faults & eventFault.tooManyKeys) !== 0) return -1;
    const key = cursor.text(start, end);
    // Not found as it stands, so only a key spelled with escapes can still be a known one.
    const spelled = indexByText.get(key);
    if (spelled !== undefined) return this.#claim(spelled);
    this.#unknownKeys ??= new Set();
    if (this.#unknownKeys.has(key)) cursor.faults |= eventFault.repeatedKey;
    this.#unknownKeys.add(key);
    return -1;
  }

  #claim(index: number): number {
    const bit = 1 << index;
    if ((this.#present & bit) !== 0) this.cursor.faults |= eventFault.repeatedKey;
    this.#present |= bit;
    return index;
  }

  #indexOfPlainKey(start: number, end: number): number {
    const candidates = namesByLength[end - start];
    if (candidates === undefined) return -1;
    const { bytes } = this.cursor;
    for (const { name, index } of candidates) {
      let i = 0;
      while (i < name.length && bytes[start + i] === name[i]) i++;
      if (i === name.length) return index;
    }
    return -1;
  }
}
