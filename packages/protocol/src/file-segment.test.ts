import { describe, expect, it } from 'vitest';
import { encodeSegmentLines, isSegmentName, scanSegment, segmentName } from './file-segment.js';
import type { AcceptedEvent } from './record.js';

const event = (n: number): AcceptedEvent => ({
  source: 'dev',
  eventId: `e-${n}`,
  idDay: '2026-11-23',
  partitionKey: `e-${n}`,
  priority: 'normal',
  receivedAtMs: 1_795_000_000_000 + n,
  headers: {
    ce_specversion: '1.0',
    ce_id: `e-${n}`,
    ce_source: 'dev',
    ce_type: 'track',
    ce_time: '2026-11-23T00:00:00Z',
    'content-type': 'application/json',
    hf_received_at: String(1_795_000_000_000 + n),
    hf_user_agent: 'tab\there',
  },
  bytes: new TextEncoder().encode(`{"eventId":"e-${n}",\t"properties":{"ü":"€"}}`),
});

const segment = Buffer.from(encodeSegmentLines([event(1), event(2), event(3)]));

function read(bytes: Uint8Array): { ids: string[]; scan: ReturnType<typeof scanSegment> } {
  const ids: string[] = [];
  const scan = scanSegment(bytes, (line) => {
    ids.push((JSON.parse(line.headersJson) as { ce_id: string }).ce_id);
  });
  return { ids, scan };
}

describe('file segment', () => {
  it('gives back what was written, tabs between tokens included', () => {
    const lines: { source: string; receivedAtMs: number; text: string }[] = [];
    scanSegment(encodeSegmentLines([event(7)]), (line) => {
      const { source, receivedAtMs } = line;
      lines.push({ source, receivedAtMs, text: Buffer.from(line.event).toString() });
    });
    const { source, receivedAtMs, bytes } = event(7);
    expect(lines).toEqual([{ source, receivedAtMs, text: Buffer.from(bytes).toString() }]);
  });

  it('reads the whole lines of a segment cut at any byte', () => {
    const ends = [1, 2, 3].map((n) =>
      [1, 2, 3].slice(0, n).reduce((sum, k) => sum + encodeSegmentLines([event(k)]).length, 0),
    );
    for (let cut = 0; cut <= segment.length; cut++) {
      const { ids, scan } = read(segment.subarray(0, cut));
      const whole = ends.filter((end) => end <= cut).length;
      expect(ids).toEqual(['e-1', 'e-2', 'e-3'].slice(0, whole));
      expect(scan.validEnd).toBe(whole === 0 ? 0 : ends[whole - 1]);
    }
  });

  it('loses the one line in which a bit is flipped, its line feeds included', () => {
    const lineBytes = segment.length / 3;
    for (let bit = 0; bit < segment.length * 8; bit++) {
      const damagedSegment = Buffer.from(segment);
      damagedSegment[bit >> 3]! ^= 1 << (bit & 7);
      const hit = Math.floor((bit >> 3) / lineBytes);
      expect(read(damagedSegment).ids).toEqual(
        ['e-1', 'e-2', 'e-3'].filter((_, index) => index !== hit),
      );
    }
  });

  it('writes the lines of many events in one piece, with letters of every width', () => {
    const agents = ['plain', 'é', '€', '😀', '\u0000\ttab'];
    const events = agents.map((hf_user_agent, n) => {
      const plain = event(n);
      return { ...plain, headers: { ...plain.headers, hf_user_agent } };
    });
    const lines = encodeSegmentLines(events);
    expect(Buffer.from(lines)).toEqual(
      Buffer.concat(events.map((each) => encodeSegmentLines([each]))),
    );
    const read: string[] = [];
    const scan = scanSegment(lines, ({ headersJson }) => {
      read.push((JSON.parse(headersJson) as { hf_user_agent: string }).hf_user_agent);
    });
    expect(read).toEqual(agents);
    expect(scan).toEqual({ validEnd: lines.length, damaged: [] });
  });

  it('is read in one pass, whatever was written over it', () => {
    for (const text of ['x\n', '\n', '\t', 'deadbeef\t', 'deadbeef\t\n', 'deadbeef\ta\t']) {
      const file = Buffer.concat([segment, Buffer.alloc(2 ** 21, text)]);
      expect(read(file)).toMatchObject({ ids: ['e-1', 'e-2', 'e-3'] });
    }
  });

  it('names segments in the order of their creation', () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect(isSegmentName(segmentName(5, id))).toBe(true);
    expect(isSegmentName('5.seg')).toBe(false);
    expect(segmentName(999, id) < segmentName(1_000, id)).toBe(true);
  });
});
