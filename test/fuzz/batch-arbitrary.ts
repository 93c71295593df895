/**
 * Batches as trees of JSON texts, from fast-check: their structure is that of a batch, and about
 * half of their events have something wrong with them. `print-json.ts` spells them out.
 */
import fc from 'fast-check';

/** A JSON text as it stands, or what holds others. */
export type JsonNode =
  | string
  | { readonly members: readonly JsonMember[] }
  | { readonly items: readonly JsonNode[] };
/** A key, with its quotes, and its value. */
export type JsonMember = readonly [key: string, value: JsonNode];

/** Stands for the case's own number in eventIds, so that those of different cases differ. */
export const idMark = '@ID';
/** The same in the last twelve digits of a UUIDv7. */
export const uuidMark = '@UUID@';
/** What a case puts there; one more digit follows. */
export const uuidTail = (caseNumber: number): string => caseNumber.toString(16).padStart(11, '0');

const quoted = (text: string) => JSON.stringify(text);

const nastyStrings = [
  '""',
  '"\\ud83d"',
  '"\\ud83d\\ude00"',
  '"\\ude00\\ud83d"',
  '"\\uD800\\uD800"',
  '"\\udbff\\udfff"',
  '"\\u0000"',
  '"\\u000a\\r\\n"',
  '"\u2028\u2029"',
  '"\ufeff"',
  '"\ud83d\ude00"',
  '"\\/\\b\\f\\t\\\\\\""',
  '"__proto__"',
  '"\uffff\ufffe"',
  '"\u007f\u0080"',
  '"\\\\u0041"',
];
const nastyNumbers = [
  '0',
  '-0',
  '1E400',
  '-1e309',
  '1e-400',
  '1.7976931348623157e308',
  '1.7976931348623159e308',
  '5e-324',
  '12345678901234567890123456789',
  `1${'0'.repeat(308)}`,
  `1${'0'.repeat(309)}`,
  `0.${'0'.repeat(400)}1`,
  `1${'0'.repeat(400)}e-400`,
  '1e+05',
  '9007199254740993',
];
/** What some parsers take, and JSON does not know. */
const notJson = [
  '01',
  '+1',
  '.5',
  '1.',
  '1e',
  '-',
  '0x10',
  'NaN',
  'Infinity',
  '-Infinity',
  'undefined',
  'True',
  'nul',
  "'a'",
  '/**/1',
  '1 // x',
  '"\t"',
  '"\u0000"',
  '"\n"',
  '"\\x41"',
  '"\\u12"',
  '"\\u12g4"',
  '"open',
  '[1,]',
  '{"a":1,}',
  '[,1]',
  '{"a"}',
  '{a:1}',
  '1_000',
  '\u00a01',
  '',
];
const nastyKeys = [
  '""',
  '"__proto__"',
  '"\\u005f_proto_\\u005F"',
  '"__proto_"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"a"',
  '"userId"',
  '"\\u0075serId"',
  '"type"',
  '"events"',
  '"\ud83d\ude00"',
  '"\\ud83d"',
  '"x\\u0000"',
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map(quoted) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map(quoted) },
  { weight: 2, arbitrary: fc.constantFrom(...nastyStrings) },
);
const number = fc.oneof(
  { weight: 3, arbitrary: fc.maxSafeInteger().map(String) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom(...nastyNumbers) },
);
const key = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 8 }).map(quoted) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }).map(quoted) },
  { weight: 1, arbitrary: fc.constantFrom(...nastyKeys) },
);
/** A key that no event has a meaning for. */
const foreignKey = fc
  .string({ unit: 'grapheme-ascii', maxLength: 8 })
  .map((name) => quoted(`x${name}`));

const { value } = fc.letrec<{ value: JsonNode }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: false },
    { weight: 3, arbitrary: text },
    { weight: 3, arbitrary: number },
    { weight: 2, arbitrary: fc.constantFrom('true', 'false', 'null', '{}', '[]') },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((items) => ({ items })) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(foreignKey, tie('value')), { maxLength: 4 })
        .map((members) => ({ members })),
    },
  ),
}));
const object = fc
  .array(fc.tuple(foreignKey, value), { maxLength: 5 })
  .map((members): JsonNode => ({ members }));

const nested = (levels: number): string =>
  levels % 2 === 0
    ? '['.repeat(levels) + ']'.repeat(levels)
    : `${'{"a":'.repeat(levels)}0${'}'.repeat(levels)}`;
const wide = (keys: number): string =>
  `{${Array.from({ length: keys }, (_, i) => `"k${i}":${i}`).join(',')}}`;

/** Things at the very edge of a limit, and far beyond. */
const edges: fc.Arbitrary<JsonNode> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 28, max: 34 }).map(nested) },
  { weight: 1, arbitrary: fc.constantFrom(100, 800).map(nested) },
  { weight: 1, arbitrary: fc.integer({ min: 985, max: 1_005 }).map(wide) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 31_800, max: 32_050 }).map((n) => `"${'x'.repeat(n)}"`),
  },
  { weight: 1, arbitrary: fc.integer({ min: 508, max: 516 }).map((n) => `"${'é'.repeat(n)}"`) },
);

const soundIds = fc.oneof(
  { weight: 8, arbitrary: fc.nat(7).map((n) => `"${idMark}-${n}"`) },
  { weight: 2, arbitrary: fc.nat(7).map((n) => `"018f0000-0000-7000-8000-${uuidMark}${n}"`) },
);
const wrongIds = fc.oneof(
  fc.constantFrom('7', 'null', '""', '"a b"', '"\u00e9"', '["a"]', '"a\\u000ab"', '"a\\u0000"'),
  fc.integer({ min: 63, max: 66 }).map((n) => `"${'x'.repeat(n)}"`),
);
const soundTimes = fc.constantFrom(
  '"2026-11-23T10:00:00.123Z"',
  '"2026-11-23T10:00:00+05:30"',
  '"2024-02-29T23:59:59Z"',
  '"2026-11-23T00:00:00-23:59"',
  '"1969-12-31T23:59:59.999999999Z"',
  '"9999-12-31T23:59:59Z"',
  '"2026-11-23\\u005410:00:00Z"',
);
const wrongTimes = fc.constantFrom(
  '"2026-02-29T00:00:00Z"',
  '"2026-11-23"',
  '"2026-11-23T24:00:00Z"',
  '"2026-11-23T10:00:60Z"',
  '"2026-11-23t10:00:00z"',
  '"2026-11-23T10:00:00"',
  '"2026-11-23T10:00:00.Z"',
  '"2026-11-23T10:00:00.1234567890Z"',
  '"2026-11-23T10:00:00+24:00"',
  '"0000-00-00T00:00:00Z"',
  '"\\u0662026-11-23T10:00:00Z"',
  '1795000000000',
  'null',
);

/** A member that changes what an event is: mostly for the worse. */
const edit: fc.Arbitrary<JsonMember> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(key, value) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('"x"'), edges) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('"timestamp"'), wrongTimes) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('"eventId"'), wrongIds) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom(
        '"type"',
        '"userId"',
        '"anonymousId"',
        '"sessionId"',
        '"event"',
        '"name"',
        '"groupId"',
        '"previousId"',
        '"properties"',
        '"traits"',
        '"context"',
        '"priority"',
        '"queue"',
      ),
      fc.oneof(text, number, value, object),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<JsonMember>(
      ['"queue"', '{"id":"q","seq":1}'],
      ['"queue"', '{"id":"q","seq":0}'],
      ['"queue"', '{"seq":1,"id":"q","seq":2}'],
      ['"queue"', '{"id":"q","seq":9007199254740992}'],
      ['"queue"', '{"id":"q","seq":1e3,"x":[]}'],
      ['"queue"', '[]'],
      ['"priority"', '"critical"'],
      ['"priority"', '"urgent"'],
      ['"properties"', '{"queueId":"q","reporter":"r","dropped":{"queue_full":3}}'],
      ['"properties"', '{"queueId":"q","reporter":"r","dropped":{"queue_full":1.5}}'],
      ['"properties"', '{"queueId":"q","reporter":"r","lastSeq":1e0,"dropped":{}}'],
    ),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('"x"'), fc.constantFrom(...notJson)) },
);

const eventArbitrary: fc.Arbitrary<JsonNode> = fc
  .record({
    type: fc.constantFrom(
      'track',
      'track',
      'identify',
      'page',
      'group',
      'alias',
      'report',
      'heartbeat',
    ),
    id: soundIds,
    timestamp: soundTimes,
    properties: fc.option(object),
    edits: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 4, arbitrary: fc.array(edit, { minLength: 1, maxLength: 2 }) },
    ),
    missing: fc.oneof(
      { weight: 12, arbitrary: fc.constant(-1) },
      { weight: 1, arbitrary: fc.nat(5) },
    ),
    rotation: fc.nat(9),
  })
  .map(({ type, id, timestamp, properties, edits, missing, rotation }) => {
    const usual: JsonMember[] = [
      ['"type"', quoted(type)],
      ['"eventId"', id],
      ['"timestamp"', timestamp],
      ['"userId"', '"u-1"'],
      ['"event"', '"Order Completed"'],
      [type === 'alias' ? '"previousId"' : '"groupId"', '"g"'],
    ];
    const members = usual.filter((_, i) => i !== missing);
    if (properties !== null) members.push(['"properties"', properties]);
    // Some edits stand for a member of the same name, others beside it.
    for (const change of edits) {
      const at = members.findIndex(([name]) => name === change[0]);
      if (at >= 0 && rotation < 7) members[at] = change;
      else members.push(change);
    }
    const cut = rotation % members.length;
    return { members: [...members.slice(cut), ...members.slice(0, cut)] };
  });

const wrongMembers: readonly JsonMember[] = [
  ['"batchId"', '7'],
  ['"batchId"', '"a b"'],
  ['"batchId"', 'null'],
  ['"batchId"', '""'],
  ['"sentAt"', '"soon"'],
  ['"sentAt"', '{}'],
  ['"epoch"', '-1'],
  ['"epoch"', '1.5'],
  ['"epoch"', '1e400'],
  ['"epoch"', '"1"'],
  ['"events"', '{}'],
  ['"events"', 'null'],
  ['"events"', '[]'],
  ['"\\u0065vents"', '[]'],
  ['"__proto__"', '{"events":[]}'],
];
const optionalMembers = fc.subarray<JsonMember>([
  ['"batchId"', '"b-1"'],
  ['"sentAt"', '"2026-11-23T10:00:01Z"'],
  ['"epoch"', '7'],
  ['"x"', '{"y":[1,{}]}'],
]);

/** Some batches have so many events that the 501st counts, or so many keys that the 65th does. */
const crowds: fc.Arbitrary<JsonMember[]> = fc.oneof(
  fc
    .integer({ min: 499, max: 502 })
    .map((n): JsonMember[] => [['"events"', `[${new Array(n).fill('{}').join(',')}]`]]),
  fc
    .integer({ min: 62, max: 66 })
    .map((n): JsonMember[] => [
      ...Array.from({ length: n - 1 }, (_, i): JsonMember => [`"k${i}"`, '0']),
      ['"events"', '[]'],
    ]),
);

/** A batch as a tree. */
export const batchArbitrary: fc.Arbitrary<JsonNode> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc
      .record({
        events: fc.array(eventArbitrary, { maxLength: 4 }),
        optional: optionalMembers,
        wrong: fc.oneof(
          { weight: 12, arbitrary: fc.constant([]) },
          {
            weight: 1,
            arbitrary: fc.array(fc.constantFrom(...wrongMembers), { minLength: 1, maxLength: 1 }),
          },
        ),
        isLast: fc.boolean(),
      })
      .map(({ events, optional, wrong, isLast }) => {
        const list: JsonMember = ['"events"', { items: events }];
        const others = [...optional, ...wrong];
        return { members: isLast ? [...others, list] : [list, ...others] };
      }),
  },
  { weight: 1, arbitrary: crowds.map((members) => ({ members })) },
  { weight: 1, arbitrary: value },
);
