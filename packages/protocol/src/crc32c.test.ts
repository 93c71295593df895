import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.js';

const ascii = (text: string) => new TextEncoder().encode(text);

// The vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogue.
describe('crc32c', () => {
  it('gives the published vectors', () => {
    expect(crc32c(ascii('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it('continues an earlier crc over a range', () => {
    const bytes = ascii('the quick brown fox jumps over the lazy dog');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const head = crc32c(bytes, 0, cut);
      expect(crc32c(bytes, cut, bytes.length, head)).toBe(crc32c(bytes));
    }
  });
});
