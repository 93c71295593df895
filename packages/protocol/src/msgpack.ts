/**
 * A batch as MessagePack, between Node SDK and collector: a map with the batch's members, in which
 * `events` is an array of bin, each the JSON bytes of one event. So nothing is serialised anew and
 * no key is renamed: the collector finds the very bytes that were stored.
 *
 * msgpackr writes it, its plain JavaScript: the native add-on would speed up reading alone, and
 * asks for a script when it is installed. The reader is ours: bytes from the network need none of
 * msgpackr's records, classes and recursion. It looks at each byte once, keeps no stack, and
 * allocates nothing that the input only announces.
 */
import { Packr } from 'msgpackr/pack';
import { limits } from './limits.js';

export const msgpackMediaType = 'application/vnd.msgpack';

export interface MsgpackBatch {
  readonly batchId?: string;
  /** RFC 3339. */
  readonly sentAt?: string;
  readonly epoch?: number;
  /** The JSON bytes of each event. */
  readonly events: readonly Uint8Array[];
}

/** What a frame holds; whether its members are valid is for the collector to say. */
export type MsgpackFrame =
  | {
      readonly kind: 'frame';
      /** Strings and numbers; undefined for any other value. */
      readonly members: ReadonlyMap<string, unknown>;
      /** Views into the frame. */
      readonly events: readonly Uint8Array[];
    }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'too_many_events' };

const packr = new Packr({ useRecords: false, variableMapSize: true });

export function encodeMsgpackBatch(batch: MsgpackBatch): Uint8Array {
  return packr.pack(batch);
}

export function decodeMsgpackBatch(bytes: Uint8Array): MsgpackFrame {
  const reader = new MsgpackReader(bytes);
  const members = new Map<string, unknown>();
  let events: Uint8Array[] | undefined;
  const memberCount = reader.mapLength();
  if (memberCount > limits.maxBatchKeys) return invalid(`over ${limits.maxBatchKeys} members`);
  for (let i = 0; i < memberCount && !reader.isBroken; i++) {
    const name = reader.text();
    if (name === undefined) break;
    if (members.has(name)) return invalid('a member stands twice');
    if (name === 'events') {
      const eventCount = reader.arrayLength();
      if (eventCount > limits.maxBatchEvents) return { kind: 'too_many_events' };
      events = readEvents(reader, eventCount);
      members.set(name, undefined);
    } else members.set(name, reader.scalar());
  }
  if (reader.isBroken || !reader.isAtEnd) return invalid('no MessagePack batch');
  return events === undefined ? invalid('events is missing') : { kind: 'frame', members, events };
}

function invalid(detail: string): MsgpackFrame {
  return { kind: 'invalid', detail };
}

function readEvents(reader: MsgpackReader, count: number): Uint8Array[] {
  const events: Uint8Array[] = [];
  for (let i = 0; i < count && !reader.isBroken; i++) {
    const event = reader.binary();
    if (event !== undefined) events.push(event);
  }
  return events;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads forward; once something is not as asked for, it is broken and stays so. */
class MsgpackReader {
  isBroken = false;
  #pos = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#pos === this.#bytes.length;
  }

  mapLength(): number {
    const head = this.#unsigned(1);
    if (head >= 0x80 && head <= 0x8f) return head & 0x0f;
    return this.#sizeAfter(head, 0xde, 2);
  }

  arrayLength(): number {
    const head = this.#unsigned(1);
    if (head >= 0x90 && head <= 0x9f) return head & 0x0f;
    return this.#sizeAfter(head, 0xdc, 2);
  }

  binary(): Uint8Array | undefined {
    const length = this.#sizeAfter(this.#unsigned(1), 0xc4, 1);
    return this.#take(length);
  }

  text(): string | undefined {
    const head = this.#unsigned(1);
    return this.#textAfter(head);
  }

  /** A string or a number; anything else is stepped over. */
  scalar(): unknown {
    const head = this.#unsigned(1);
    if (head <= 0x7f) return head;
    if (isTextHead(head)) return this.#textAfter(head);
    if (head >= 0xcc && head <= 0xcf) return this.#unsigned(1 << (head - 0xcc));
    if (head === 0xcb) return this.#float64();
    this.#skipAfter(head);
    return undefined;
  }

  #textAfter(head: number): string | undefined {
    const isShort = head >= 0xa0 && head <= 0xbf;
    const bytes = this.#take(isShort ? head & 0x1f : this.#sizeAfter(head, 0xd9, 1));
    if (bytes === undefined) return undefined;
    try {
      return decoder.decode(bytes);
    } catch {
      // Not UTF-8: no string by the specification.
      this.isBroken = true;
      return undefined;
    }
  }

  /** Steps over one value, its insides counted instead of descended into. */
  #skipAfter(first: number): void {
    let head = first;
    let left = 1;
    for (;;) {
      left += this.#skipOwn(head) - 1;
      if (left === 0 || this.isBroken) return;
      head = this.#unsigned(1);
    }
  }

  /** Steps over a value's own bytes; returns how many values stand inside it. */
  #skipOwn(head: number): number {
    if (head <= 0x7f || head >= 0xe0 || (head >= 0xc0 && head <= 0xc3 && head !== 0xc1)) return 0;
    if (head <= 0x8f) return 2 * (head & 0x0f);
    if (head <= 0x9f) return head & 0x0f;
    if (head === 0xdc || head === 0xdd) return this.#sizeAfter(head, 0xdc, 2);
    if (head === 0xde || head === 0xdf) return 2 * this.#sizeAfter(head, 0xde, 2);
    this.#take(this.#payloadAfter(head));
    return 0;
  }

  /** The bytes of a value without insides. */
  #payloadAfter(head: number): number {
    if (head >= 0xa0 && head <= 0xbf) return head & 0x1f;
    if (head >= 0xc4 && head <= 0xc6) return this.#sizeAfter(head, 0xc4, 1);
    if (head >= 0xc7 && head <= 0xc9) return this.#sizeAfter(head, 0xc7, 1) + 1;
    if (head === 0xca || head === 0xcb) return head === 0xca ? 4 : 8;
    if (head >= 0xcc && head <= 0xcf) return 1 << (head - 0xcc);
    if (head >= 0xd0 && head <= 0xd3) return 1 << (head - 0xd0);
    if (head >= 0xd4 && head <= 0xd8) return (1 << (head - 0xd4)) + 1;
    return this.#sizeAfter(head, 0xd9, 1);
  }

  /** The size that follows `head`: of `width` bytes if it is `first`, twice that for each next. */
  #sizeAfter(head: number, first: number, width: number): number {
    const step = head - first;
    // No format has more than three widths, and a shift by 32 would begin anew.
    if (step < 0 || step > 2 || width << step > 4) {
      this.isBroken = true;
      return 0;
    }
    return this.#unsigned(width << step);
  }

  #float64(): number {
    const at = this.#advance(8);
    return at < 0 ? 0 : this.#view.getFloat64(at);
  }

  #unsigned(byteCount: number): number {
    const at = this.#advance(byteCount);
    let value = 0;
    for (let i = 0; i < byteCount && at >= 0; i++) value = value * 256 + this.#bytes[at + i]!;
    return value;
  }

  #take(length: number): Uint8Array | undefined {
    const at = this.#advance(length);
    return at < 0 ? undefined : this.#bytes.subarray(at, at + length);
  }

  /** Where the next `byteCount` bytes begin, or -1 if there are not so many. */
  #advance(byteCount: number): number {
    if (this.isBroken || byteCount > this.#bytes.length - this.#pos) {
      this.isBroken = true;
      return -1;
    }
    const at = this.#pos;
    this.#pos += byteCount;
    return at;
  }
}

function isTextHead(head: number): boolean {
  return (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
}
