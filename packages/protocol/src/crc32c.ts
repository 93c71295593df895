/** CRC32C (Castagnoli, reflected 0x82f63b78), eight bytes at a step: RFC 3720 appendix B.4. */
const tables = /* @__PURE__ */ makeTables();

/** The CRC32C of `bytes[start, end)`, unsigned, 32 bits; `crc` continues an earlier one. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as FixedTables;
  let c = ~crc;
  let i = start;
  for (const last = end - 8; i <= last; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      t7[c & 255]! ^
      t6[(c >>> 8) & 255]! ^
      t5[(c >>> 16) & 255]! ^
      t4[c >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]!) & 255]!;
  return ~c >>> 0;
}

type Table = Int32Array;
type FixedTables = [Table, Table, Table, Table, Table, Table, Table, Table];

function makeTables(): Table[] {
  const all = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    all[0]![n] = c;
  }
  for (let n = 0; n < 256; n++) {
    for (let k = 1; k < 8; k++) {
      const previous = all[k - 1]![n]!;
      all[k]![n] = (previous >>> 8) ^ all[0]![previous & 255]!;
    }
  }
  return all;
}
