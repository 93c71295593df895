/**
 * JSON that carries its own checksum, for small files that a disk may damage: its first member is
 * `crc32c`, eight hex digits, the CRC32C of all bytes behind them, as in
 * `{"crc32c":"1a2b3c4d","version":1}`. So it is JSON all the same, for whoever looks at it.
 */
import { crc32c } from './crc32c.js';

const head = '{"crc32c":"';
const digits = 8;
const textAt = head.length + digits;

/** An object's JSON, with its checksum as the first member; the object must have a member. */
export function checkedJson(json: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(textAt + 1 + json.length);
  bytes[textAt] = 0x22;
  bytes.set(json, textAt + 1);
  bytes[textAt + 1] = 0x2c;
  put(bytes, 0, head);
  put(bytes, head.length, crc32c(bytes, textAt).toString(16).padStart(digits, '0'));
  return bytes;
}

/** The object's JSON as it was given to {@link checkedJson}; undefined if it is not unchanged. */
export function readCheckedJson(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < textAt + 3 || !holds(bytes, 0, head)) return undefined;
  const checksum = crc32c(bytes, textAt).toString(16).padStart(digits, '0');
  if (!holds(bytes, head.length, checksum)) return undefined;
  // A copy: slice() of a Buffer would be none.
  const json = new Uint8Array(bytes.subarray(textAt + 1));
  json[0] = 0x7b;
  return json;
}

function put(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function holds(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
