import { readdirSync } from 'node:fs';
import {
  crc32c,
  idDay,
  isEventId,
  isTimestamp,
  isUuidV7,
  parseAck,
  parseProblem,
  problemStatuses,
  type RecordHeaders,
} from '@holdfast/protocol';
import { encodeSegmentLines, type SegmentLine, scanSegment } from '@holdfast/protocol/file-segment';
import { decodeMsgpackBatch } from '@holdfast/protocol/msgpack';
import { eventSchema, timestampSchema } from '@holdfast/protocol/schemas';
import { describe, expect, it, vi } from 'vitest';
import { type GoldenText, golden, goldenText } from '../support/golden.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

interface EventIdVector {
  readonly eventId: unknown;
  readonly isValid: boolean;
  readonly isUuidV7: boolean;
}

describe('golden event-ids', () => {
  it.each(golden<EventIdVector>('event-ids'))('$eventId: $isValid', (vector) => {
    expect(isEventId(vector.eventId)).toBe(vector.isValid);
    expect(isUuidV7(String(vector.eventId))).toBe(vector.isUuidV7);
  });
});

describe('golden id-days', () => {
  const vectors = golden<{ name: string; eventId: string; timestamp: string; idDay: string }>(
    'id-days',
  );

  it.each(vectors)('$name', ({ eventId, timestamp, idDay: day }) => {
    expect(isEventId(eventId) && isTimestamp(timestamp)).toBe(true);
    expect(idDay(eventId, timestamp)).toBe(day);
  });

  it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])('are the same in %s', (zone) => {
    vi.stubEnv('TZ', zone);
    try {
      expect(new Date(0).getTimezoneOffset()).not.toBe(0);
      for (const { eventId, timestamp, idDay: day } of vectors) {
        expect(idDay(eventId, timestamp)).toBe(day);
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('golden timestamps', () => {
  const vectors = golden<{ timestamp: unknown; isValid: boolean }>('timestamps');

  it.each(vectors)('$timestamp: $isValid', ({ timestamp, isValid }) => {
    expect(isTimestamp(timestamp)).toBe(isValid);
    expect(timestampSchema.safeParse(timestamp).success).toBe(isValid);
  });
});

describe('golden crc32c', () => {
  const vectors = golden<{ name: string; bytesBase64: string; crc32c: number; hex: string }>(
    'crc32c',
  );

  it.each(vectors)('$name', ({ bytesBase64, crc32c: crc, hex }) => {
    expect(crc32c(Buffer.from(bytesBase64, 'base64'))).toBe(crc);
    expect(Number.parseInt(hex, 16)).toBe(crc);
  });
});

describe('golden events', () => {
  /** What only the bytes of an event show: parsing loses it, so a schema cannot judge it. */
  const seenInBytesAlone = [
    'too_large',
    'too_deep',
    'too_many_keys',
    'forbidden_key',
    'repeated_key',
    'number_out_of_range',
    'lone_surrogate',
  ];
  const vectors = golden<{ name: string; event: GoldenText; code: string | null }>('events').filter(
    ({ code }) => !seenInBytesAlone.includes(code ?? ''),
  );

  it.each(vectors)('are judged alike by the schema: $name', ({ event, code }) => {
    expect(eventSchema.safeParse(JSON.parse(goldenText(event))).success).toBe(code === null);
  });
});

interface SegmentLineVector {
  readonly name: string;
  readonly source: string;
  readonly receivedAtMs: number;
  readonly headersJson: string;
  readonly event: string;
  readonly line: string;
}

describe('golden segment-lines', () => {
  it.each(golden<SegmentLineVector>('segment-lines'))('$name', (vector) => {
    const { source, receivedAtMs, headersJson, event, line } = vector;
    const headers = JSON.parse(headersJson) as RecordHeaders;
    const written = encodeSegmentLines([
      {
        ...{ source, receivedAtMs, headers, bytes: Buffer.from(event) },
        ...{ eventId: headers.ce_id, idDay: '2026-11-23', partitionKey: 'u', priority: 'normal' },
      },
    ]);
    expect(text(written)).toBe(line);
    const read: SegmentLine[] = [];
    scanSegment(Buffer.from(line), (found) => read.push(found));
    expect(read).toHaveLength(1);
    expect(read[0]).toMatchObject({ source, receivedAtMs, headersJson });
    expect(text(read[0]!.event)).toBe(event);
  });
});

interface SegmentScanVector {
  readonly name: string;
  readonly bytesBase64: string;
  readonly events: readonly string[];
  readonly validEnd: number;
  readonly damaged: readonly (readonly [number, number])[];
}

describe('golden segment-scans', () => {
  it.each(golden<SegmentScanVector>('segment-scans'))('$name', (vector) => {
    const events: string[] = [];
    const bytes = Buffer.from(vector.bytesBase64, 'base64');
    const { validEnd, damaged } = scanSegment(bytes, ({ event }) => events.push(text(event)));
    expect(events).toEqual(vector.events);
    expect(validEnd).toBe(vector.validEnd);
    expect(damaged.map(({ start, end }) => [start, end])).toEqual(vector.damaged);
  });
});

interface AnswerVector {
  readonly name: string;
  readonly sent: { readonly batchId: string; readonly events: number };
  readonly status: number;
  readonly body: string;
  readonly isOurs: boolean;
  readonly code?: string;
  readonly rejected?: readonly number[];
  readonly retry?: readonly number[];
}

describe('golden answers', () => {
  const vectors = golden<AnswerVector>('answers');

  it.each(vectors)('$status $name', ({ sent, status, body, isOurs, code, rejected, retry }) => {
    const ack = status === 200 ? parseAck(body, sent.batchId, sent.events) : undefined;
    const problem = parseProblem(body, status);
    expect(ack !== undefined || problem !== undefined).toBe(isOurs);
    expect(problem?.code).toBe(isOurs ? code : undefined);
    expect(ack?.rejected.map(({ index }) => index)).toEqual(isOurs ? rejected : undefined);
    expect(ack?.retry.map(({ index }) => index)).toEqual(isOurs ? retry : undefined);
  });

  it('hold every code of the closed list with its own status', () => {
    const held = vectors.filter(({ isOurs, code }) => isOurs && code !== undefined);
    const pairs = new Map(held.map(({ code, status }) => [code!, status]));
    expect(Object.fromEntries(pairs)).toEqual(problemStatuses);
  });
});

interface MsgpackVector {
  readonly name: string;
  readonly frameBase64: string;
  readonly kind: string;
  readonly members?: Record<string, unknown>;
  readonly events?: readonly string[];
}

describe('golden msgpack-batches', () => {
  it.each(golden<MsgpackVector>('msgpack-batches'))('$kind: $name', (vector) => {
    const frame = decodeMsgpackBatch(Buffer.from(vector.frameBase64, 'base64'));
    expect(frame.kind).toBe(vector.kind);
    if (frame.kind !== 'frame') return;
    const known = [...frame.members].filter(([name]) => /^(batchId|sentAt|epoch)$/.test(name));
    expect(Object.fromEntries(known)).toEqual(vector.members);
    expect(frame.events.map(text)).toEqual(vector.events);
  });
});

describe('the golden vectors', () => {
  it('are all run by a test and explained', () => {
    const folder = new URL('../golden/', import.meta.url);
    expect(readdirSync(folder).sort()).toEqual([
      'README.md',
      'answers.json',
      'batches.json',
      'crc32c.json',
      'event-ids.json',
      'events.json',
      'id-days.json',
      'msgpack-batches.json',
      'partitions.json',
      'records.json',
      'requests.json',
      'retry-after.json',
      'segment-lines.json',
      'segment-scans.json',
      'timestamps.json',
    ]);
  });
});
