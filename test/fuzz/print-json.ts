import type { SeededRandom } from '../support/seeded-random.js';
import type { JsonNode } from './batch-arbitrary.js';

const spaces = [' ', '\n', '\r\n', '\t', '  \n', '\r'];

/** How a tree is spelled: how often blanks stand between tokens, and escapes in strings. */
export interface Spelling {
  readonly random: SeededRandom;
  readonly blankShare: number;
  readonly escapeShare: number;
}

/** A tree as text, spelled in one of the many ways that mean the same. */
export function printJson(node: JsonNode, spelling: Spelling): string {
  const parts: string[] = [];
  print(node, spelling, parts);
  return parts.join('');
}

function print(node: JsonNode, spelling: Spelling, parts: string[]): void {
  if (typeof node === 'string') {
    parts.push(respelled(node, spelling));
    return;
  }
  const isObject = 'members' in node;
  parts.push(isObject ? '{' : '[', blank(spelling));
  const values = isObject ? node.members : node.items;
  values.forEach((value, i) => {
    if (i > 0) parts.push(blank(spelling), ',', blank(spelling));
    if (!isObject) print(value as JsonNode, spelling, parts);
    else {
      const [key, inner] = value as readonly [string, JsonNode];
      parts.push(respelled(key, spelling), blank(spelling), ':', blank(spelling));
      print(inner, spelling, parts);
    }
  });
  parts.push(blank(spelling), isObject ? '}' : ']');
}

function blank({ random, blankShare }: Spelling): string {
  return blankShare > 0 && random.happens(blankShare) ? random.pick(spaces) : '';
}

/** A plain string now and then with each of its characters as an escape. */
function respelled(token: string, { random, escapeShare }: Spelling): string {
  if (escapeShare === 0 || !random.happens(escapeShare)) return token;
  // Marks stay as they are: the case's number is put in their place.
  if (!/^"[ !#-?A-[\]-~]{1,64}"$/.test(token)) return token;
  let text = '';
  for (let i = 1; i < token.length - 1; i++) {
    text += `\\u${token.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return `"${text}"`;
}
