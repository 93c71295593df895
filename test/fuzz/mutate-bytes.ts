/** Damages bytes the way a corpus fuzzer does: each change is small, and several add up. */
import type { SeededRandom } from '../support/seeded-random.js';

const latin = (text: string) => Buffer.from(text, 'latin1');

/** Bytes that parsers are known to stumble over. */
const dictionary: readonly Buffer[] = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '0', '-', '1e999', 'null', 'true', ' '],
  ...['"__proto__":{},', '"__proto__":', '"constructor":{"prototype":{}},', '"type":"track",'],
  ...['\\u0000', '\\ud800', '\\udc00', '\\ud83d\\ude00', '\\u005f', '\\', '\\"', '\\u'],
  ...['"eventId":"x",', '"events":[],', '"a":[[[[[[[[', '{"a":'.repeat(40), '1'.repeat(400)],
  ...['/*x*/', '//x\n', '<!--', '%00', "'", '\u2028', '\n', '\r\n', '\t', '\b'],
].map((text) => Buffer.from(text));
/** No UTF-8: cut, overlong, surrogates, beyond the last character; and what looks like it. */
const badUtf8: readonly Buffer[] = [
  ...['\xff', '\xc3', '\xc0\x80', '\xe0\x80\xaf', '\xed\xa0\xbd\xed\xb8\x80', '\xf4\x90\x80\x80'],
  ...['\xfe\xff', '\xf8\x88\x80\x80\x80', '\x80', '\xe2\x82', '\xf0\x9f\x98'],
].map(latin);
const byteOrderMark = latin('\xef\xbb\xbf');

type Change = (bytes: Buffer, random: SeededRandom, other: Buffer) => Buffer;

const insert = (bytes: Buffer, at: number, part: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
const anywhere = (bytes: Buffer, random: SeededRandom): number => random.below(bytes.length + 1);

/** A range of at most `longest` bytes. */
function rangeOf(bytes: Buffer, random: SeededRandom, longest: number): [number, number] {
  const start = anywhere(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + random.below(longest))];
}

/** Every change there is, by name. */
export const byteChanges: Readonly<Record<string, Change>> = {
  'bit flipped': (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  'byte set': (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  'range removed': (bytes, random) => {
    const [start, end] = rangeOf(bytes, random, 24);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  'range repeated': (bytes, random) => {
    const [start, end] = rangeOf(bytes, random, 80);
    const times = 1 + random.below(4);
    return insert(bytes, end, Buffer.concat(new Array(times).fill(bytes.subarray(start, end))));
  },
  'ranges swapped': (bytes, random) => {
    const [start, end] = rangeOf(bytes, random, 40);
    const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    return insert(rest, anywhere(rest, random), bytes.subarray(start, end));
  },
  spliced: (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, anywhere(bytes, random)),
      other.subarray(anywhere(other, random)),
    ]),
  'cut off': (bytes, random) => bytes.subarray(0, anywhere(bytes, random)),
  'word inserted': (bytes, random) =>
    insert(bytes, anywhere(bytes, random), random.pick(dictionary)),
  'bad UTF-8': (bytes, random) => insert(bytes, anywhere(bytes, random), random.pick(badUtf8)),
  'byte order mark': (bytes, random) =>
    insert(bytes, random.happens(0.5) ? 0 : anywhere(bytes, random), byteOrderMark),
  NUL: (bytes, random) => insert(bytes, anywhere(bytes, random), Buffer.alloc(1 + random.below(3))),
  'number overflown': (bytes, random) =>
    replaceMatch(bytes, random, /\d+/g, () =>
      random.pick([
        '1e999',
        '-1e400',
        '9'.repeat(310),
        '0.1e-999',
        '1e308',
        `${'1'.repeat(308)}.5`,
      ]),
    ),
  'member repeated': (bytes, random) =>
    replaceMatch(bytes, random, /"[^"\\]{1,20}":/g, (key) => `${key}0,${key}`),
  'key spelled anew': (bytes, random) =>
    replaceMatch(bytes, random, /"[a-zA-Z]{1,20}":/g, (key) => {
      const unit = key.charCodeAt(1).toString(16).padStart(4, '0');
      return `"\\u${random.happens(0.5) ? unit.toUpperCase() : unit}${key.slice(2)}`;
    }),
  'nested deeper': (bytes, random) =>
    replaceMatch(bytes, random, /\{[^{}[\]]{0,60}\}|\d+/g, (value) => {
      const levels = random.pick([1, 5, 30, 31, 32, 33, 200]);
      return '['.repeat(levels) + value + ']'.repeat(levels);
    }),
  'string made huge': (bytes, random) =>
    replaceMatch(bytes, random, /":"/g, (start) => {
      const count = random.happens(0.02)
        ? random.pick([32_000, 200_000])
        : random.pick([64, 513, 4_000]);
      return start + 'x'.repeat(count);
    }),
  'line ends between tokens': (bytes, random) =>
    replaceMatch(bytes, random, /[,:[{]/g, (token) => `${token}\r\n\n`),
};
const changeNames = Object.keys(byteChanges);

/** One to four changes; says which. `other` is a body to splice with. */
export function mutateBytes(
  bytes: Buffer,
  other: Buffer,
  random: SeededRandom,
): { readonly bytes: Buffer; readonly title: string } {
  const names = Array.from({ length: 1 + random.below(4) }, () => random.pick(changeNames));
  const mutated = names.reduce((now, name) => byteChanges[name]!(now, random, other), bytes);
  return { bytes: mutated, title: names.join(', ') };
}

/** Replaces one match of a pattern, chosen among the first of them. */
function replaceMatch(
  bytes: Buffer,
  random: SeededRandom,
  pattern: RegExp,
  replacement: (match: string) => string,
): Buffer {
  const text = bytes.toString('latin1');
  const matches = [...text.matchAll(pattern)].slice(0, 200);
  if (matches.length === 0) return bytes;
  const { index, 0: match } = random.pick(matches);
  const end = index + match.length;
  return latin(text.slice(0, index) + replacement(match) + text.slice(end));
}
