/**
 * A plain recursive MessagePack reader, by the specification and nothing else, for batches in the
 * frame that the wire protocol describes. Written apart from the collector's.
 */
import { isTimestamp, limits, type ProblemCode } from '@holdfast/protocol';

export type ReferenceFrame =
  | { readonly kind: 'frame'; readonly batchId: string | undefined; readonly events: Buffer[] }
  | { readonly kind: 'problem'; readonly codes: readonly ProblemCode[] };

/** Everything that a collector has no use for. */
const other = Symbol('other');
type Value = string | number | Buffer | Value[] | [Value, Value][] | typeof other;

const maxMembers = 64;
const idPattern = /^[A-Za-z0-9._:-]{1,64}$/;
/** Beyond any frame that a client makes; the collector's own reader has no recursion. */
const maxDepth = 1_000;

class Malformed extends Error {}

export function readMsgpackFrame(bytes: Buffer): ReferenceFrame {
  const reader = new Reader(bytes);
  let isCrowded = false;
  try {
    const members = reader.map((name) => {
      if (name !== 'events') return reader.value(0);
      const count = reader.length([0x90, 0x9f], [0xdc, 0xdd], 2);
      // A collector stops here, whatever stands behind.
      isCrowded ||= count > limits.maxBatchEvents;
      return Array.from({ length: reader.bounded(count) }, () => reader.binary());
    });
    if (!reader.isAtEnd) throw new Malformed();
    return frameOf(members, isCrowded);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'problem', codes: isCrowded ? crowded : ['invalid_batch'] };
  }
}

const crowded: readonly ProblemCode[] = ['too_many_events', 'invalid_batch'];

function frameOf(members: readonly (readonly [string, unknown])[], isCrowded: boolean) {
  const problem: ReferenceFrame = {
    kind: 'problem',
    codes: isCrowded ? crowded : ['invalid_batch'],
  };
  const byName = new Map(members);
  const isRepeated = byName.size < members.length || members.length > maxMembers;
  if (isCrowded || isRepeated || !byName.has('events') || !areSound(byName)) return problem;
  return {
    kind: 'frame' as const,
    batchId: byName.get('batchId') as string | undefined,
    events: byName.get('events') as Buffer[],
  };
}

function areSound(members: ReadonlyMap<string, unknown>): boolean {
  const rules: Record<string, (value: unknown) => boolean> = {
    batchId: (value) => typeof value === 'string' && idPattern.test(value),
    sentAt: (value) => isTimestamp(value),
    epoch: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  };
  return Object.entries(rules).every(
    ([name, holds]) => !members.has(name) || holds(members.get(name)),
  );
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  map(readMember: (name: string) => unknown): [string, unknown][] {
    const count = this.length([0x80, 0x8f], [0xde, 0xdf], 2);
    if (count > maxMembers) throw new Malformed();
    return Array.from({ length: count }, () => {
      const name = this.value(0);
      if (typeof name !== 'string') throw new Malformed();
      return [name, readMember(name)] as [string, unknown];
    });
  }

  /** The count of a map or array: in the head itself, or after it. */
  length(short: readonly [number, number], long: readonly [number, number], width: number): number {
    const head = this.#unsigned(1);
    if (head >= short[0] && head <= short[1]) return head - short[0];
    if (head < long[0] || head > long[1]) throw new Malformed();
    return this.#unsigned(width << (head - long[0]));
  }

  binary(): Buffer {
    const head = this.#unsigned(1);
    if (head < 0xc4 || head > 0xc6) throw new Malformed();
    return this.#take(this.#unsigned(1 << (head - 0xc4)));
  }

  value(depth: number): Value {
    if (depth > maxDepth) throw new RangeError('too deep for the reference');
    const head = this.#unsigned(1);
    if (head <= 0x7f) return head;
    if (head <= 0x8f) return this.#list(2 * (head & 15), depth);
    if (head <= 0x9f) return this.#list(head & 15, depth);
    if (head <= 0xbf) return this.#text(head & 31);
    if (head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return other;
    if (head >= 0xd9 && head <= 0xdb) return this.#text(this.#unsigned(1 << (head - 0xd9)));
    if (head >= 0xcc && head <= 0xcf) return this.#unsigned(1 << (head - 0xcc));
    if (head === 0xcb) return this.#take(8).readDoubleBE();
    if (head === 0xdc || head === 0xdd)
      return this.#list(this.#unsigned(head === 0xdc ? 2 : 4), depth);
    if (head === 0xde || head === 0xdf) {
      return this.#list(2 * this.#unsigned(head === 0xde ? 2 : 4), depth);
    }
    this.#take(this.#opaqueLength(head));
    return other;
  }

  /** Bytes, extensions, float32 and signed integers: stepped over. */
  #opaqueLength(head: number): number {
    if (head >= 0xc4 && head <= 0xc6) return this.#unsigned(1 << (head - 0xc4));
    if (head >= 0xc7 && head <= 0xc9) return this.#unsigned(1 << (head - 0xc7)) + 1;
    if (head === 0xca) return 4;
    if (head >= 0xd0 && head <= 0xd3) return 1 << (head - 0xd0);
    if (head >= 0xd4 && head <= 0xd8) return (1 << (head - 0xd4)) + 1;
    throw new Malformed();
  }

  #list(count: number, depth: number): typeof other {
    this.bounded(count);
    for (let i = 0; i < count; i++) this.value(depth + 1);
    return other;
  }

  #text(length: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#take(length));
    } catch {
      throw new Malformed();
    }
  }

  /** Each value has at least one byte, so a count above what is left is a lie. */
  bounded(count: number): number {
    if (count > this.#bytes.length) throw new Malformed();
    return count;
  }

  #unsigned(width: number): number {
    let value = 0;
    for (const byte of this.#take(width)) value = value * 256 + byte;
    return value;
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new Malformed();
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
