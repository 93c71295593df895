/** How the value of a member of a JSON object is spelled; undefined if it has no such member. */
export function memberText(json: string, name: string): string | undefined {
  let depth = 0;
  let before = '';
  let start = -1;
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (depth === 1 && start >= 0 && (token === ',' || token === '}')) {
      return json.slice(start, index).trimEnd();
    }
    if (start === -2) start = index;
    if (depth === 1 && token === ':' && isName(before, name)) start = -2;
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    before = token;
  }
  return undefined;
}

function isName(token: string, name: string): boolean {
  try {
    return JSON.parse(token) === name;
  } catch {
    // A collector that is broken on purpose stores what is no JSON.
    return false;
  }
}
