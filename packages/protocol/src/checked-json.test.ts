import { describe, expect, it } from 'vitest';
import { checkedJson, readCheckedJson } from './checked-json.js';

const json = Buffer.from('{"version":1,"text":"é \\u0000 }"}');
const checked = Buffer.from(checkedJson(json));

describe('JSON with its checksum', () => {
  it('is JSON, and gives back the bytes that it was made of', () => {
    const { crc32c, ...rest } = JSON.parse(checked.toString()) as { crc32c: string };
    expect(crc32c).toMatch(/^[0-9a-f]{8}$/);
    expect(rest).toEqual(JSON.parse(json.toString()));
    expect(readCheckedJson(checked)).toEqual(new Uint8Array(json));
    expect(readCheckedJson(new Uint8Array(checked))).toEqual(new Uint8Array(json));
  });

  it('is not read with any bit flipped, nor cut anywhere, nor with anything behind it', () => {
    for (let bit = 0; bit < checked.length * 8; bit++) {
      const damaged = Buffer.from(checked);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(readCheckedJson(damaged)).toBeUndefined();
    }
    for (let end = 0; end < checked.length; end++) {
      expect(readCheckedJson(checked.subarray(0, end))).toBeUndefined();
    }
    expect(readCheckedJson(Buffer.concat([checked, Buffer.from(' ')]))).toBeUndefined();
    expect(readCheckedJson(json)).toBeUndefined();
  });
});
