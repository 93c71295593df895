import { quietly } from './quietly.js';

/** The event's JSON; undefined if it has none (circular, BigInt, a getter that throws). */
export function serialize(event: object): string | undefined {
  return quietly(() => wellFormed(JSON.stringify(event)));
}

/**
 * Half of a surrogate pair, as a truncated emoji leaves it, is no Unicode text: databases refuse
 * the whole event. It becomes U+FFFD, as in every UTF-8 encoder. JSON.stringify escapes only lone
 * ones, so any such escape is one, unless its backslash is itself escaped.
 */
function wellFormed(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replace(/\\(?:(ud[89a-f])..|.)/g, (match, isLone) => (isLone ? '\\ufffd' : match));
}

/** Bytes of `text` in UTF-8, if it has no half of a surrogate pair alone. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes++;
    // A pair takes four bytes for its two units, any other unit from here on three for one.
    if (unit >= 0x800 && (unit & 0xf800) !== 0xd800) bytes++;
  }
  return bytes;
}
