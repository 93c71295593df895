import { limits } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { type Batch, BatchScanner } from '../../src/scan/scan-batch.js';
import { randomBody } from '../support/body-corpus.js';
import { referenceBatch } from '../support/reference-verdict.js';

const scanner = new BatchScanner();
const corpusSize = 10_000;

/** What the scanner says, in the reference's words. */
function scanned(body: Buffer) {
  const result = scanner.scan(Buffer.from(body));
  if (result.kind === 'problem') return { kind: result.kind, code: result.code };
  const events = result.events.map((event) =>
    event.kind === 'valid'
      ? { kind: event.kind, eventId: event.eventId, text: Buffer.from(event.bytes).toString() }
      : { kind: event.kind, code: event.code },
  );
  return { kind: result.kind, events };
}

/** The reference knows no code for what zod refuses: any of ours will do there. */
function expected(body: Buffer, actual: ReturnType<typeof scanned>) {
  const reference = referenceBatch(body);
  // A wrong frame is found before a later byte that is no JSON: the answer is a 400 either way.
  if (reference.kind === 'problem' && reference.code === 'invalid_json') {
    if (actual.kind === 'problem' && actual.code === 'invalid_batch') return actual;
  }
  if (reference.kind === 'problem' || actual.kind === 'problem') return reference;
  const events = reference.events.map((event, i) => {
    const code = actual.events?.[i]?.code;
    return event.kind === 'rejected' ? { ...event, code: event.code ?? code } : event;
  });
  return { ...reference, events };
}

describe('batch scanner', () => {
  it('judges a seeded corpus as JSON.parse and the zod schemas do, and keeps the bytes', () => {
    const seen = {
      valid: 0,
      rejected: new Map<string, number>(),
      problem: new Map<string, number>(),
    };
    for (let seed = 1; seed <= corpusSize; seed++) {
      const body = randomBody(new SeededRandom(seed));
      const actual = scanned(body);
      expect(actual, `seed ${seed}: ${body.toString().slice(0, 2_000)}`).toEqual(
        expected(body, actual),
      );
      if (actual.kind === 'problem') count(seen.problem, actual.code!);
      for (const event of actual.events ?? []) {
        if (event.kind === 'valid') seen.valid++;
        else count(seen.rejected, event.code!);
      }
    }
    // The corpus is worth something only if it reaches every verdict.
    expect(seen.valid).toBeGreaterThan(corpusSize / 2);
    expect([...seen.problem.keys()].sort()).toEqual([
      'invalid_batch',
      'invalid_json',
      'invalid_utf8',
    ]);
    expect([...seen.rejected.keys()].sort()).toEqual(everyRejection);
  }, 60_000);

  it('judges a batch that is cut at any byte as JSON.parse does', () => {
    const body = Buffer.from(
      '{"batchId":"b","x":[1.5e3,-0,true,false,null,"\\ud83d\\ude00é"],"events":[{"a":{}}]}',
    );
    for (let cut = 0; cut <= body.length; cut++) {
      const part = body.subarray(0, cut);
      const actual = scanned(part);
      expect(actual).toEqual(expected(part, actual));
    }
  });
});

const everyRejection = [
  'forbidden_key',
  'invalid_event',
  'invalid_event_id',
  'invalid_field',
  'invalid_timestamp',
  'lone_surrogate',
  'missing_field',
  'number_out_of_range',
  'repeated_key',
  'too_deep',
  'too_large',
  'too_many_keys',
];

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const sound = {
  type: 'track',
  eventId: 'e-1',
  timestamp: '2026-11-23T10:00:00Z',
  event: 'x',
  userId: 'u',
};

function scanEvents(...events: (string | object)[]): Batch['events'] {
  const texts = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)));
  const result = scanner.scan(Buffer.from(`{"events":[${texts.join(',')}]}`));
  if (result.kind === 'problem') throw new Error(result.detail);
  return result.events;
}

function verdictOf(event: string | object): string {
  const [judged] = scanEvents(event);
  if (judged === undefined) throw new Error('no event');
  return judged.kind === 'valid' ? 'valid' : [judged.code, judged.detail].filter(Boolean).join(' ');
}

/** A sound event's text with one more member. */
const withMember = (json: string) => JSON.stringify(sound).replace(/}$/, `,${json}}`);

describe('an event is rejected', () => {
  it.each([
    ['too_deep', withMember(`"a":${'['.repeat(32)}${']'.repeat(32)}`)],
    ['too_many_keys', withMember(`"a":{${keyList(995)}}`)],
    ['forbidden_key', withMember('"__proto__":1')],
    ['forbidden_key', withMember('"a":[{"\\u005f\\u005fproto\\u005f\\u005f":1}]')],
    ['repeated_key', withMember('"type":"track"')],
    ['repeated_key', withMember('"t\\u0079pe":"track"')],
    ['repeated_key', withMember('"z":1,"\\u007a":2')],
    ['number_out_of_range', withMember('"n":1e999')],
    ['number_out_of_range', withMember(`"n":-${'9'.repeat(400)}`)],
    ['lone_surrogate', withMember('"s":"half \\ud83d"')],
    ['invalid_event not an object', '"event"'],
    ['missing_field eventId', { ...sound, eventId: undefined }],
    ['invalid_event_id', { ...sound, eventId: 'with space' }],
    ['invalid_event_id', { ...sound, eventId: '' }],
    ['invalid_event_id', { ...sound, eventId: 'x'.repeat(65) }],
    ['invalid_event_id', { ...sound, eventId: 5 }],
    ['missing_field timestamp', { ...sound, timestamp: undefined }],
    ['invalid_timestamp', { ...sound, timestamp: '2026-02-30T00:00:00Z' }],
    ['invalid_timestamp', { ...sound, timestamp: 1_795_000_000_000 }],
    ['missing_field type', { ...sound, type: undefined }],
    ['invalid_field type', { ...sound, type: '' }],
    ['missing_field event', { ...sound, event: undefined }],
    ['missing_field userId or anonymousId', { ...sound, userId: undefined }],
    ['missing_field userId or anonymousId', { ...sound, type: 'identify', userId: undefined }],
    ['missing_field userId or anonymousId', { ...sound, type: 'page', userId: undefined }],
    ['missing_field userId or anonymousId', { ...sound, type: 'screen', userId: undefined }],
    ['missing_field groupId', { ...sound, type: 'group' }],
    ['missing_field previousId', { ...sound, type: 'alias' }],
    ['missing_field properties', { ...sound, type: 'report' }],
    ['invalid_field properties.queueId', report({ dropped: {} })],
    ['invalid_field properties.dropped', report({ queueId: 'q', reporter: 'q', dropped: [] })],
    [
      'invalid_field properties.dropped',
      report({ queueId: 'q', reporter: 'q', dropped: { queue_full: '3' } }),
    ],
    [
      'invalid_field properties.droppedSeqs',
      report({ queueId: 'q', reporter: 'q', dropped: {}, droppedSeqs: { corrupt: [0] } }),
    ],
    [
      'invalid_field properties.rejectedSeqs',
      report({ queueId: 'q', reporter: 'q', dropped: {}, rejectedSeqs: { invalid_utf8: 1 } }),
    ],
    ['invalid_field userId', { ...sound, userId: null }],
    ['invalid_field userId', { ...sound, userId: 'x'.repeat(513) }],
    ['invalid_field properties', { ...sound, properties: [] }],
    ['invalid_field priority', { ...sound, priority: 'urgent' }],
    ['invalid_field queue', { ...sound, queue: { id: 'q', seq: 0 } }],
    ['too_large over 32000 bytes', { ...sound, context: { blob: 'x'.repeat(32_000) } }],
  ])('%s', (expectedVerdict, event) => {
    expect(verdictOf(event)).toBe(expectedVerdict);
  });

  it('without its neighbours', () => {
    const kinds = scanEvents(sound, withMember('"n":1e999'), sound).map((event) => event.kind);
    expect(kinds).toEqual(['valid', 'rejected', 'valid']);
  });

  it('with its eventId, if that can be read', () => {
    const [event] = scanEvents(withMember('"n":1e999'));
    expect(event).toMatchObject({ kind: 'rejected', eventId: 'e-1' });
  });
});

describe('an event is valid', () => {
  it.each([
    ['at the greatest depth', withMember(`"a":${'['.repeat(31)}${']'.repeat(31)}`)],
    ['with as many keys as allowed', withMember(`"a":{${keyList(994)}}`)],
    ['with the same key twice further down', withMember('"a":{"b":1,"b":2}')],
    ['with the largest number', withMember('"n":1.7976931348623157e308')],
    ['with a number that underflows', withMember('"n":1e-999')],
    ['with a long number', withMember(`"n":${'9'.repeat(308)}`)],
    ['with a pair of surrogates', withMember('"s":"\\ud83d\\ude00"')],
    ['with __proto__ as a value', withMember('"s":"__proto__"')],
    ['of an unknown type', { ...sound, type: 'heartbeat', userId: undefined }],
    ['as a report', report({ queueId: 'q', reporter: 'q', dropped: { queue_full: 3 } })],
    ['with 512 characters of two bytes', { ...sound, userId: 'é'.repeat(512) }],
    ['with an escaped key that it needs', JSON.stringify(sound).replace('"type"', '"\\u0074ype"')],
  ])('%s', (_, event) => {
    expect(verdictOf(event)).toBe('valid');
  });

  it('with the bytes that came, but for line ends between tokens', () => {
    const text =
      '{"type" :\r\n"track",\t"eventId":"e-1","timestamp":"2026-11-23T10:00:00Z",\n"event":"é\\n","userId":"u"}';
    const [event] = scanEvents(text);
    const bytes = event?.kind === 'valid' ? event.bytes : undefined;
    expect(Buffer.from(bytes ?? []).toString()).toBe(text.replace(/[\r\n]/g, ' '));
  });
});

describe('a batch is refused', () => {
  const code = (body: string | Buffer) => {
    const result = scanner.scan(Buffer.from(body as string));
    return result.kind === 'problem' ? result.code : result.kind;
  };

  it.each([
    ['invalid_json', ''],
    ['invalid_json', '{'],
    ['invalid_json', '{"events":[]} x'],
    ['invalid_json', '{"events":[],}'],
    ['invalid_json', '{"events":[01]}'],
    ['invalid_json', '{"events":["\u0001"]}'],
    ['invalid_json', '\ufeff{"events":[]}'],
    ['invalid_batch', '[]'],
    ['invalid_batch', '{}'],
    ['invalid_batch', '{"events":{}}'],
    ['invalid_batch', '{"events":[],"events":[]}'],
    ['invalid_batch', '{"events":[],"\\u0065vents":[]}'],
    ['invalid_batch', '{"x":1,"x":1,"events":[]}'],
    ['invalid_batch', '{"batchId":"a b","events":[]}'],
    ['invalid_batch', '{"batchId":{},"events":[]}'],
    ['invalid_batch', '{"sentAt":"soon","events":[]}'],
    ['invalid_batch', '{"epoch":-1,"events":[]}'],
    ['invalid_batch', `{${keyList(65)},"events":[]}`],
    ['too_many_events', `{"events":[${new Array(501).fill('{}').join(',')}]}`],
    ['batch', '{"events":[]}'],
  ])('%s: %.60j', (expectedCode, body) => {
    expect(code(body)).toBe(expectedCode);
  });

  it('invalid_utf8: a byte that is none', () => {
    expect(code(Buffer.from([0x7b, 0xff, 0x7d]))).toBe('invalid_utf8');
  });
});

describe('scanning takes time in proportion to the body', () => {
  it.each([
    ['a million open brackets', '['.repeat(limits.maxInflatedBytes - 13)],
    ['half a million nested arrays', `${'['.repeat(499_900)}${']'.repeat(499_900)}`],
    ['a deep nest of objects', '{"a":'.repeat(199_000)],
    ['200,000 keys', `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":0`).join(',')}}`],
    ['a long number', '9'.repeat(999_000)],
    ['a long exponent', `1e${'9'.repeat(999_000)}`],
    ['a long string of escapes', `"${'\\u0041'.repeat(166_000)}"`],
  ])('%s', (_, event) => {
    const body = Buffer.from(`{"events":[${event}]}`);
    expect(body.length).toBeLessThanOrEqual(limits.maxInflatedBytes);
    const startMs = performance.now();
    const result = scanner.scan(body);
    // 20 ms were measured at most; quadratic time would be minutes.
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(result.kind === 'problem' || result.events[0]?.kind === 'rejected').toBe(true);
  });
});

function keyList(count: number): string {
  return Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',');
}

function report(properties: object): object {
  const { eventId, timestamp } = sound;
  return { type: 'report', eventId, timestamp, properties };
}
