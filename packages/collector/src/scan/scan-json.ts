/**
 * Walks JSON without building it: tells whether the syntax holds, where each value ends, and what
 * inside an event a collector refuses.
 *
 * Invariants: every byte is looked at once (keys twice at most), so time is linear; nesting lives
 * in a stack of fixed size, never in recursion. Only one thing is ever written to the bytes: a raw
 * LF or CR, which valid JSON has only between tokens, becomes a space.
 *
 * The caller has checked that the bytes are UTF-8 (`buffer.isUtf8`), which walks faster than we do.
 */
import { limits } from '@holdfast/protocol';

/** What one event was found to hold, as bits: an event may have several. */
export const eventFault = {
  tooDeep: 1,
  tooManyKeys: 2,
  forbiddenKey: 4,
  repeatedKey: 8,
  numberOutOfRange: 16,
  /**
   * An escape like \ud800 without its other half. It is JSON by RFC 8259, but no Unicode text:
   * DuckDB and PostgreSQL call the whole event malformed, so a query over it would fail for ever.
   * Refused here, where the client can still be told (docs/internals/queue.md).
   */
  loneSurrogate: 32,
} as const;

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const openBracket = 0x5b;
const colon = 0x3a;
const comma = 0x2c;
const space = 0x20;
/** The shortest number whose integer part alone may overflow: 1.8e308 has 309 digits. */
const safeNumberLength = 308;
const forbiddenKey = '__proto__';
/** Each of its characters spelled as a \u escape. */
const longestForbiddenSpelling = forbiddenKey.length * 6;

const isPlain = Uint8Array.from({ length: 256 }, (_, c) =>
  c >= space && c !== quote && c !== backslash ? 1 : 0,
);
const isSimpleEscape = new Uint8Array(256);
for (const c of '"\\/bfnrt') isSimpleEscape[c.charCodeAt(0)] = 1;

/** A position in some JSON bytes, and what was found since {@link JsonCursor.beginEvent}. */
export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0);
  pos = 0;
  /** Bits of {@link eventFault}. */
  faults = 0;
  keyCount = 0;
  /** The inside of the last key, [keyStart, keyEnd). */
  keyStart = 0;
  keyEnd = 0;
  /** One byte a level: what was opened. A body cannot nest deeper than it is long. */
  readonly #stack = new Uint8Array(limits.maxInflatedBytes);

  /** Starts at the first byte of `bytes`, which must not be longer than `maxInflatedBytes`. */
  reset(bytes: Buffer): void {
    this.bytes = bytes;
    this.pos = 0;
    this.beginEvent();
  }

  beginEvent(): void {
    this.faults = 0;
    this.keyCount = 0;
  }

  /** Moves to the next token and returns its first byte, or -1 at the end. */
  next(): number {
    const bytes = this.bytes;
    const end = bytes.length;
    let pos = this.pos;
    let found = -1;
    while (pos < end) {
      const c = bytes[pos]!;
      if (c > space) {
        found = c;
        break;
      }
      if (c === 0x0a || c === 0x0d) bytes[pos] = space;
      else if (c !== space && c !== 0x09) {
        found = c;
        break;
      }
      pos++;
    }
    this.pos = pos;
    return found;
  }

  /** Skips the value that begins here; `depth` is that of what holds it. False: not JSON. */
  skipValue(depth: number): boolean {
    const c = this.next();
    if (c === openBrace || c === openBracket) return this.#skipNested(c, depth);
    return this.#skipScalar(c);
  }

  /** Skips a key and its colon, and notes where the key stands. False: not JSON. */
  skipKey(): boolean {
    if (this.next() !== quote) return false;
    this.keyStart = this.pos + 1;
    if (!this.skipString()) return false;
    this.keyEnd = this.pos - 1;
    if (++this.keyCount > limits.maxKeys) this.faults |= eventFault.tooManyKeys;
    if (this.#isForbidden(this.keyStart, this.keyEnd)) this.faults |= eventFault.forbiddenKey;
    if (this.next() !== colon) return false;
    this.pos++;
    return true;
  }

  /** Skips the string that begins here. False: not JSON. */
  skipString(): boolean {
    const bytes = this.bytes;
    const end = bytes.length;
    let pos = this.pos + 1;
    for (;;) {
      while (pos < end && isPlain[bytes[pos]!] === 1) pos++;
      if (pos >= end) return false;
      const c = bytes[pos]!;
      if (c === quote) break;
      if (c !== backslash) return false;
      pos = this.#skipEscape(pos + 1);
      if (pos < 0) return false;
    }
    this.pos = pos + 1;
    return true;
  }

  /** The text of a string's inside [start, end), decoded. */
  text(start: number, end: number): string {
    const bytes = this.bytes;
    for (let i = start; i < end; i++) {
      if (bytes[i] === backslash) {
        return JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string;
      }
    }
    return bytes.toString('utf8', start, end);
  }

  #skipNested(first: number, depth: number): boolean {
    const stack = this.#stack;
    let open = 0;
    let c = first;
    for (;;) {
      // A value begins with c.
      if (c === openBrace || c === openBracket) {
        stack[open++] = c;
        if (depth + open > limits.maxDepth) this.faults |= eventFault.tooDeep;
        this.pos++;
        const inner = this.next();
        // A closing byte is its opening one + 2, in ASCII, for both kinds.
        if (inner !== c + 2) {
          if (c === openBrace && !this.skipKey()) return false;
          c = this.next();
          continue;
        }
      } else if (!this.#skipScalar(c)) return false;
      // A value has ended: close what ends with it, then go on to the next one.
      let holder = stack[open - 1]!;
      let after = this.next();
      while (after === holder + 2) {
        this.pos++;
        if (--open === 0) return true;
        holder = stack[open - 1]!;
        after = this.next();
      }
      if (after !== comma) return false;
      this.pos++;
      c = this.next();
      if (holder === openBrace) {
        if (!this.skipKey()) return false;
        c = this.next();
      }
    }
  }

  #skipScalar(c: number): boolean {
    if (c === quote) return this.skipString();
    if (c === 0x74) return this.#skipWord('true');
    if (c === 0x66) return this.#skipWord('false');
    if (c === 0x6e) return this.#skipWord('null');
    return this.#skipNumber();
  }

  #skipWord(word: string): boolean {
    const { bytes, pos } = this;
    for (let i = 0; i < word.length; i++) {
      if (bytes[pos + i] !== word.charCodeAt(i)) return false;
    }
    this.pos = pos + word.length;
    return true;
  }

  #skipNumber(): boolean {
    const { bytes } = this;
    const start = this.pos;
    let pos = bytes[start] === 0x2d ? start + 1 : start;
    if (bytes[pos] === 0x30) pos++;
    else pos = this.#skipDigits(pos);
    if (pos > 0 && bytes[pos] === 0x2e) pos = this.#skipDigits(pos + 1);
    let hasExponent = false;
    if (pos > 0 && (bytes[pos]! | 0x20) === 0x65) {
      hasExponent = true;
      const sign = bytes[pos + 1];
      pos = this.#skipDigits(sign === 0x2b || sign === 0x2d ? pos + 2 : pos + 1);
    }
    if (pos < 0) return false;
    this.pos = pos;
    if (hasExponent || pos - start > safeNumberLength) {
      if (!Number.isFinite(Number(bytes.toString('latin1', start, pos)))) {
        this.faults |= eventFault.numberOutOfRange;
      }
    }
    return true;
  }

  /** The position after at least one digit, or -1. */
  #skipDigits(from: number): number {
    const bytes = this.bytes;
    let pos = from;
    while (pos < bytes.length && bytes[pos]! >= 0x30 && bytes[pos]! <= 0x39) pos++;
    return pos > from ? pos : -1;
  }

  /** The position after the escape whose backslash stands before `pos`, or -1. */
  #skipEscape(pos: number): number {
    const bytes = this.bytes;
    if (pos >= bytes.length) return -1;
    const c = bytes[pos]!;
    if (isSimpleEscape[c] === 1) return pos + 1;
    if (c !== 0x75) return -1;
    const unit = hexUnit(bytes, pos + 1);
    if (unit < 0) return -1;
    if (unit < 0xd800 || unit > 0xdfff) return pos + 5;
    const isPair =
      unit < 0xdc00 &&
      bytes[pos + 5] === backslash &&
      bytes[pos + 6] === 0x75 &&
      (hexUnit(bytes, pos + 7) & ~0x3ff) === 0xdc00;
    if (isPair) return pos + 11;
    this.faults |= eventFault.loneSurrogate;
    return pos + 5;
  }

  /** Whether a key is `__proto__`, however it is spelled: some parsers act on it when they copy. */
  #isForbidden(start: number, end: number): boolean {
    const length = end - start;
    if (length < forbiddenKey.length || length > longestForbiddenSpelling) return false;
    const first = this.bytes[start];
    if (first !== 0x5f && first !== backslash) return false;
    return this.text(start, end) === forbiddenKey;
  }
}

/** The value of four hex digits, or -1. */
function hexUnit(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let i = start; i < start + 4; i++) {
    const c = bytes[i] ?? 0;
    const lower = c | 0x20;
    const digit =
      c >= 0x30 && c <= 0x39 ? c - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
