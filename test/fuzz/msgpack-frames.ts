/** MessagePack frames: batches in every spelling that the format has, and what lies about itself. */
import type { SeededRandom } from '../support/seeded-random.js';

const bytes = (...values: number[]) => Buffer.from(values);

function sized(head: number, width: 1 | 2 | 4, size: number): Buffer {
  const buffer = Buffer.alloc(1 + width);
  buffer[0] = head;
  buffer.writeUIntBE(size, 1, width);
  return buffer;
}

/** A head in one of the widths that its size fits in. */
function wideHead(
  random: SeededRandom,
  size: number,
  heads: readonly [number, 1 | 2 | 4][],
): Buffer {
  const fitting = heads.filter(([, width]) => size < 256 ** width);
  return sized(...random.pick(fitting), size);
}

function map(random: SeededRandom, size: number): Buffer {
  if (size < 16 && random.happens(0.8)) return bytes(0x80 | size);
  return wideHead(random, size, [
    [0xde, 2],
    [0xdf, 4],
  ]);
}

function array(random: SeededRandom, size: number): Buffer {
  if (size < 16 && random.happens(0.8)) return bytes(0x90 | size);
  return wideHead(random, size, [
    [0xdc, 2],
    [0xdd, 4],
  ]);
}

function text(random: SeededRandom, value: string | Buffer): Buffer {
  const content = Buffer.from(value as string);
  const isShort = content.length < 32 && random.happens(0.8);
  const head = isShort
    ? bytes(0xa0 | content.length)
    : wideHead(random, content.length, [
        [0xd9, 1],
        [0xda, 2],
        [0xdb, 4],
      ]);
  return Buffer.concat([head, content]);
}

function binary(random: SeededRandom, content: Buffer): Buffer {
  const head = wideHead(random, content.length, [
    [0xc4, 1],
    [0xc5, 2],
    [0xc6, 4],
  ]);
  return Buffer.concat([head, content]);
}

const double = (value: number): Buffer => {
  const buffer = bytes(0xcb, 0, 0, 0, 0, 0, 0, 0, 0);
  buffer.writeDoubleBE(value, 1);
  return buffer;
};

/** Values of every type that the format has. */
function anyValue(random: SeededRandom): Buffer {
  return random.pick<() => Buffer>([
    () => bytes(random.below(128)),
    () => bytes(0xe0 + random.below(32)),
    () => bytes(random.pick([0xc0, 0xc2, 0xc3])),
    () => bytes(0xcc + random.below(4), ...new Array(8).fill(random.below(256))).subarray(0, 9),
    () => bytes(0xca, 1, 2, 3, 4),
    () => double(random.pick([0, -0, 1.5, 7, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])),
    () => bytes(0xd0, random.below(256)),
    () => bytes(0xd3, 0, 0, 0, 0, 0, 0, 0, 5),
    () => text(random, random.pick(['', 'b-1', 'a b', 'é', '2026-11-23T10:00:00Z', '\ufeffb'])),
    () => text(random, bytes(0xff, 0xfe)),
    () => binary(random, bytes(1, 2, 3)),
    () => bytes(0xd4 + random.below(5), ...new Array(17).fill(1)),
    () => bytes(0xc7, 3, 1, 9, 9, 9),
    () => bytes(0xc1),
    () => Buffer.concat([bytes(0x91), bytes(0x81), text(random, 'a'), bytes(0x90)]),
    () => Buffer.concat([Buffer.alloc(random.pick([3, 40, 900]), 0x91), bytes(0xc0)]),
    () => sized(random.pick([0xdd, 0xdf, 0xdb, 0xc6, 0xc9]), 4, random.pick([0xffffffff, 1 << 20])),
  ])();
}

const names = [
  'batchId',
  'sentAt',
  'epoch',
  'x',
  '',
  '__proto__',
  'Events',
  '\ufeffevents',
  'events',
];

/** A batch of these events; about a third of the frames have something wrong with them. */
export function msgpackFrame(random: SeededRandom, events: readonly Buffer[]): Buffer {
  const members: Buffer[][] = [];
  if (random.happens(0.4)) members.push([text(random, 'batchId'), text(random, 'b-1')]);
  if (random.happens(0.3))
    members.push([text(random, 'sentAt'), text(random, '2026-11-23T10:00:00Z')]);
  if (random.happens(0.3)) {
    const epoch = [
      bytes(7),
      bytes(0xcc, 200),
      bytes(0xcd, 1, 0),
      double(3),
      bytes(0xcf, 0, 0, 0, 0, 0, 0, 1, 0),
    ];
    members.push([text(random, 'epoch'), random.pick(epoch)]);
  }
  if (random.happens(0.15)) members.push([text(random, random.pick(names)), anyValue(random)]);
  if (random.happens(0.02)) members.push([anyValue(random), anyValue(random)]);
  if (!random.happens(0.02)) members.push([text(random, 'events'), eventList(random, events)]);
  if (random.happens(0.3)) members.reverse();
  const lie = random.happens(0.04) ? random.pick([-1, 1, 15, 70]) : 0;
  const tail = random.happens(0.03) ? anyValue(random) : Buffer.alloc(0);
  return Buffer.concat([map(random, Math.max(0, members.length + lie)), ...members.flat(), tail]);
}

function eventList(random: SeededRandom, events: readonly Buffer[]): Buffer {
  if (random.happens(0.02)) return anyValue(random);
  if (random.happens(0.005)) {
    const count = random.pick([499, 500, 501]);
    return Buffer.concat([
      array(random, count),
      ...new Array(count).fill(bytes(0xc4, 2, 0x7b, 0x7d)),
    ]);
  }
  const lie = random.happens(0.03) ? random.pick([-1, 1, 600, 0xffffff]) : 0;
  const items = events.map((event) => {
    if (random.happens(0.01)) return text(random, event);
    return random.happens(0.01) ? anyValue(random) : binary(random, event);
  });
  return Buffer.concat([array(random, Math.max(0, items.length + lie)), ...items]);
}
