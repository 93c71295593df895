/**
 * A plain recursive JSON reader that keeps what JSON.parse throws away: offsets, repeated keys,
 * nesting. Written apart from the scanner, for tests to compare with; whether a text is JSON at all
 * is for JSON.parse to say.
 */
export type Node =
  | { kind: 'object'; start: number; end: number; entries: [string, Node][] }
  | { kind: 'array'; start: number; end: number; items: Node[] }
  | { kind: 'scalar'; start: number; end: number; value: unknown };

/** The tree of a text that JSON.parse accepts. */
export function readTree(text: string): Node {
  JSON.parse(text);
  return readNode(text, skipSpace(text, 0));
}

function readNode(text: string, start: number): Node {
  if (text[start] === '{') return readObject(text, start);
  if (text[start] === '[') return readArray(text, start);
  const end = scalarEnd(text, start);
  return { kind: 'scalar', start, end, value: JSON.parse(text.slice(start, end)) };
}

function readObject(text: string, start: number): Node {
  const entries: [string, Node][] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== '}') {
    if (text[at] === ',') at = skipSpace(text, at + 1);
    const keyEnd = scalarEnd(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const value = readNode(text, skipSpace(text, skipSpace(text, keyEnd) + 1));
    entries.push([key, value]);
    at = skipSpace(text, value.end);
  }
  return { kind: 'object', start, end: at + 1, entries };
}

function readArray(text: string, start: number): Node {
  const items: Node[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== ']') {
    if (text[at] === ',') at = skipSpace(text, at + 1);
    const item = readNode(text, at);
    items.push(item);
    at = skipSpace(text, item.end);
  }
  return { kind: 'array', start, end: at + 1, items };
}

function skipSpace(text: string, start: number): number {
  const match = /[^ \t\n\r]/g;
  match.lastIndex = start;
  return match.exec(text)?.index ?? text.length;
}

function scalarEnd(text: string, start: number): number {
  const match = text[start] === '"' ? /"(?:[^"\\]|\\.)*"/gsy : /[^ \t\n\r,:[\]{}]+/gy;
  match.lastIndex = start;
  match.exec(text);
  return match.lastIndex;
}
