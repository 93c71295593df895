import { Packr } from 'msgpackr/pack';
import { describe, expect, it } from 'vitest';
import { decodeMsgpackBatch, encodeMsgpackBatch } from './msgpack.js';

const packr = new Packr({ useRecords: false });
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function readBack(value: unknown) {
  return decodeMsgpackBatch(packr.pack(value));
}

describe('msgpack batch', () => {
  it('gives back the members and the very bytes of the events', () => {
    const events = [0, 1, 40, 300, 31_000].map((size) => json({ text: 'ü'.repeat(size) }));
    const sentAt = '2026-11-23T10:00:00Z';
    const frame = decodeMsgpackBatch(
      encodeMsgpackBatch({ batchId: 'b-1', sentAt, epoch: 3, events }),
    );
    if (frame.kind !== 'frame') throw new Error(frame.kind);
    expect([...frame.members]).toEqual([
      ['batchId', 'b-1'],
      ['sentAt', sentAt],
      ['epoch', 3],
      ['events', undefined],
    ]);
    expect(frame.events.map((bytes) => Buffer.from(bytes))).toEqual(events);
  });

  it.each([0, 1, 15, 16, 255, 500])('reads %i events', (count) => {
    const events = Array.from({ length: count }, (_, i) => json({ i }));
    const frame = decodeMsgpackBatch(encodeMsgpackBatch({ events }));
    expect(frame.kind === 'frame' && frame.events.length).toBe(count);
  });

  it.each([0, 127, 128, 255, 256, 65_536, 2 ** 32, Number.MAX_SAFE_INTEGER])(
    'reads the number %i',
    (epoch) => {
      const frame = decodeMsgpackBatch(encodeMsgpackBatch({ epoch, events: [] }));
      expect(frame.kind === 'frame' && frame.members.get('epoch')).toBe(epoch);
    },
  );

  it('steps over members that it does not know, of every type', () => {
    const more = {
      nothing: null,
      yes: true,
      no: false,
      negative: [-1, -200, -70_000, -5_000_000_000n],
      float: 1.5,
      when: new Date(0),
      nested: { a: [{ b: [[], {}] }], c: 'x'.repeat(70_000), d: Buffer.alloc(300) },
      wide: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
      long: new Array(70_000).fill(1),
    };
    const frame = readBack({ ...more, events: [json({ n: 1 })] });
    expect(frame.kind === 'frame' && frame.events.length).toBe(1);
  });

  it('says so when there are more events than a batch may have', () => {
    expect(readBack({ events: new Array(501).fill(json({})) })).toEqual({
      kind: 'too_many_events',
    });
  });

  it('refuses what is no batch', () => {
    for (const value of [null, 7, 'x', [], {}, { events: 'x' }, { events: [{}] }, { events: {} }]) {
      expect(readBack(value).kind, JSON.stringify(value)).toBe('invalid');
    }
    const twice = Buffer.from([0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2]);
    expect(decodeMsgpackBatch(twice)).toEqual({ kind: 'invalid', detail: 'a member stands twice' });
    const notUtf8 = Buffer.from([0x81, 0xa1, 0xff, 1]);
    expect(decodeMsgpackBatch(notUtf8).kind).toBe('invalid');
  });

  it('takes no negative number for the head of a map, a list, a text or of bytes', () => {
    const name = [0xa6, ...Buffer.from('events')];
    for (let head = 0xe0; head <= 0xff; head++) {
      for (const frame of [
        [head, 0, 0],
        [head, 0, 0, 0, 1, ...name, 0x90],
        [head, 0, 1, ...name, 0x90],
        [0x81, head, 6, ...Buffer.from('events'), 0x90],
        [0x81, ...name, head, 0, 0],
        [0x81, ...name, head, 0, 0, 0, 0],
        [0x81, ...name, 0x91, head, 2, 0x7b, 0x7d],
        [0x81, ...name, 0x91, head, 0, 2, 0x7b, 0x7d],
      ]) {
        expect(
          decodeMsgpackBatch(Buffer.from(frame)).kind,
          Buffer.from(frame).toString('hex'),
        ).toBe('invalid');
      }
    }
  });

  it('takes a byte order mark for a part of the text that it stands in', () => {
    const frame = readBack({ '\ufeffevents': 1, batchId: '\ufeffb', events: [] });
    if (frame.kind !== 'frame') throw new Error(frame.kind);
    expect([...frame.members.keys()]).toEqual(['\ufeffevents', 'batchId', 'events']);
    expect(frame.members.get('batchId')).toBe('\ufeffb');
  });

  it('refuses a frame that is cut at any byte, or goes on after its end', () => {
    const whole = encodeMsgpackBatch({ batchId: 'b', epoch: 300, events: [json({ n: 1 })] });
    for (let cut = 0; cut < whole.length; cut++) {
      expect(decodeMsgpackBatch(whole.subarray(0, cut)).kind).toBe('invalid');
    }
    expect(decodeMsgpackBatch(Buffer.concat([whole, Buffer.from([0])])).kind).toBe('invalid');
  });

  it('survives announced sizes, endless nesting and every first byte', () => {
    const nested = Buffer.alloc(1_000_000, 0x91);
    nested.set([0x82, 0xa1, 0x78], 0);
    expect(decodeMsgpackBatch(nested).kind).toBe('invalid');
    const huge = Buffer.from([0x81, 0xa1, 0x78, 0xdf, 0xff, 0xff, 0xff, 0xff]);
    expect(decodeMsgpackBatch(huge).kind).toBe('invalid');
    for (let head = 0; head < 256; head++) {
      const value = Buffer.from([0x81, 0xa1, 0x78, head, 0xff, 0xff, 0xff, 0xff, 0xff]);
      expect(decodeMsgpackBatch(value).kind).toBe('invalid');
    }
  });
});
