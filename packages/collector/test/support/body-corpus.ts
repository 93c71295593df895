/** Bodies of batches, sound and broken in every way that came to mind, from a seed. */
import type { SeededRandom } from '../../../../test/support/seeded-random.js';

const timestamps = [
  '2026-11-23T10:00:00.123Z',
  '2026-11-23T10:00:00+05:30',
  '2024-02-29T23:59:59Z',
];
const badTimestamps = ['2026-02-29T00:00:00Z', '2026-11-23', 'yesterday', '2026-11-23T10:00:00'];
const texts = ['', 'Order Completed', 'é', '€', '😀', '\\', '"', '/', '\u0000', '\u2028', 'a\tb'];
const keys = [
  'a',
  'total',
  'ünïcode',
  '',
  'constructor',
  'userId',
  'events',
  '__proto_',
  'toString',
];
const numbers = [
  '0',
  '-0',
  '1.5',
  '1e5',
  '1E-400',
  '-1.7976931348623157e308',
  '12345678901234567890',
];
const badNumbers = ['1e999', '-1e309', `1${'0'.repeat(309)}`];

/** One JSON body; about half of the batches have something wrong with them. */
export function randomBody(random: SeededRandom): Buffer {
  const members: string[] = [];
  if (random.happens(0.5)) members.push(member(random, 'batchId', random.pick(['"b-1"', '"b"'])));
  if (random.happens(0.3)) members.push(member(random, 'sentAt', `"${random.pick(timestamps)}"`));
  if (random.happens(0.3)) members.push(member(random, 'epoch', random.pick(['0', '7', '1.0'])));
  if (random.happens(0.1)) members.push(member(random, 'future', value(random, 3)));
  if (random.happens(0.04)) members.push(random.pick(badBatchMembers));
  const count = random.below(5);
  const events = Array.from({ length: count }, () => event(random));
  if (!random.happens(0.02)) members.push(member(random, 'events', list(random, '[', events, ']')));
  const body = Buffer.from(`${space(random)}${list(random, '{', shuffled(random, members), '}')}`);
  return random.happens(0.25) ? broken(random, body) : body;
}

const badBatchMembers = [
  '"batchId":7',
  '"batchId":"a b"',
  '"batchId":null',
  '"sentAt":"soon"',
  '"epoch":-1',
  '"epoch":1.5',
  '"epoch":"1"',
  '"events":{}',
  '"events":null',
  '"events":[]',
  '"\\u0065vents":[]',
];

function event(random: SeededRandom): string {
  if (random.happens(0.03)) return value(random, 2);
  const members = [
    member(random, 'type', `"${random.pick(['track', 'page', 'alias', 'report', 'heartbeat'])}"`),
    member(random, 'eventId', `"e-${random.below(1_000)}"`),
    member(random, 'timestamp', `"${random.pick(timestamps)}"`),
    member(random, 'userId', '"u-1"'),
    member(random, 'event', text(random)),
  ].filter(() => !random.happens(0.02));
  if (random.happens(0.5)) members.push(member(random, 'properties', object(random, 4)));
  if (random.happens(0.3)) members.push('"queue":{"id":"q","seq":1}');
  if (random.happens(0.3)) members.push('"previousId":"p"');
  if (random.happens(0.1)) members.push(`"${random.pick(keys)}":${value(random, 2)}`);
  if (random.happens(0.2)) members.push(random.pick(badEventMembers(random)));
  return list(random, '{', shuffled(random, members), '}');
}

function badEventMembers(random: SeededRandom): string[] {
  return [
    '"type":"track"',
    '"typ\\u0065":"track"',
    '"__proto__":{}',
    '"\\u005f_proto_\\u005F":1',
    '"properties":{"x":[{"__proto__":1}]}',
    `"timestamp":"${random.pick(badTimestamps)}"`,
    '"eventId":"has space"',
    '"eventId":7',
    `"eventId":"${'x'.repeat(64 + random.below(3))}"`,
    '"userId":null',
    '"userId":""',
    `"userId":"${'é'.repeat(511 + random.below(3))}"`,
    '"anonymousId":[]',
    '"context":"x"',
    '"properties":[]',
    '"properties":{"queueId":"q","reporter":"r","dropped":{"queue_full":3}}',
    '"properties":{"queueId":"q","reporter":"r","dropped":{"queue_full":-3}}',
    '"properties":{"queueId":7,"dropped":{}}',
    '"priority":"urgent"',
    '"priority":"low"',
    '"queue":{"id":"q","seq":0}',
    '"queue":{"id":"q","seq":1.5}',
    '"queue":{"seq":1}',
    '"queue":[]',
    `"n":${random.pick(badNumbers)}`,
    '"s":"\\ud83d"',
    '"s":"\\ude00\\ud83d"',
    '"s\\ud83d":"\\ud83d\\ude00"',
    `"deep":${'['.repeat(30 + random.below(4))}${']'.repeat(0)}`,
    `"deep":${nested(30 + random.below(4))}`,
    `"wide":${wide(985 + random.below(15))}`,
    `"long":"${'x'.repeat(31_000 + random.below(2_000))}"`,
    `"future":${value(random, 3)}`,
  ];
}

function nested(depth: number): string {
  return `${'{"a":['.repeat(depth / 2)}${']}'.repeat(depth / 2)}`;
}

function wide(count: number): string {
  return `{${Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(',')}}`;
}

function value(random: SeededRandom, depth: number): string {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return text(random);
  if (kind === 1) return random.pick(numbers);
  if (kind === 2) return random.pick(['true', 'false', 'null']);
  if (kind === 3) return random.pick(['{}', '[]', '""', '0']);
  if (kind === 4) return object(random, depth);
  const items = Array.from({ length: random.below(4) }, () => value(random, depth - 1));
  return list(random, '[', items, ']');
}

function object(random: SeededRandom, depth: number): string {
  const members = Array.from({ length: random.below(4) }, () =>
    member(random, random.pick(keys), value(random, depth - 1)),
  );
  return list(random, '{', members, '}');
}

function member(random: SeededRandom, key: string, json: string): string {
  return `${string(random, key)}${space(random)}:${space(random)}${json}`;
}

function text(random: SeededRandom): string {
  return string(random, random.pick(texts));
}

/** A string, now and then with characters spelled as escapes. */
function string(random: SeededRandom, plain: string): string {
  if (random.happens(0.9)) return JSON.stringify(plain);
  const units = Array.from({ length: plain.length }, (_, i) => plain.charCodeAt(i));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

function list(random: SeededRandom, open: string, items: readonly string[], close: string): string {
  const joined = items.join(`${space(random)},${space(random)}`);
  return `${open}${space(random)}${joined}${space(random)}${close}`;
}

function space(random: SeededRandom): string {
  return random.happens(0.9) ? '' : random.pick([' ', '\n', '\r\n', '\t', '  \n']);
}

function shuffled(random: SeededRandom, items: readonly string[]): string[] {
  return items
    .map((item) => ({ item, rank: random.fraction() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** One to three bytes changed, removed or inserted: mostly no JSON any more, sometimes still. */
function broken(random: SeededRandom, body: Buffer): Buffer {
  const bytes = [...body];
  for (let n = 1 + random.below(3); n > 0 && bytes.length > 0; n--) {
    const at = random.below(bytes.length);
    const byte = random.happens(0.7)
      ? '{}[],:"\\0123456789eE+-.truefalsn \n\u0001'.charCodeAt(random.below(34))
      : random.below(256);
    const removed = random.below(2);
    const added = random.below(3 - removed) > 0 ? [byte] : [];
    bytes.splice(at, removed, ...added);
  }
  return Buffer.from(bytes);
}
