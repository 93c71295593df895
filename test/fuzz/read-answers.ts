/** Reads what a collector answers, as strictly as the least forgiving client would. */

/** One final answer; interim ones are only counted. */
export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export type Reading =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly end: number }
  /** More bytes are needed. */
  | { readonly kind: 'partial' }
  | { readonly kind: 'malformed'; readonly why: string };

const headEnd = Buffer.from('\r\n\r\n');
const statusLine = /^HTTP\/1\.1 (\d{3}) [ -~]*$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~]*)$/;

/** The answer that begins at `start`. An interim answer before it is stepped over. */
export function readAnswer(bytes: Buffer, start: number): Reading {
  const end = bytes.indexOf(headEnd, start);
  if (end < 0)
    return bytes.length - start > 16_384 ? malformed('an endless head') : { kind: 'partial' };
  const [first = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n');
  const status = Number(statusLine.exec(first)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return malformed(`the status line ${JSON.stringify(first)}`);
  if (status === 100) return readAnswer(bytes, end + headEnd.length);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined) return malformed(`the header ${JSON.stringify(line)}`);
    if (headers.has(name.toLowerCase())) return malformed(`${name} stands twice`);
    headers.set(name.toLowerCase(), value ?? '');
  }
  const length = status === 204 ? '0' : headers.get('content-length');
  if (length === undefined || !/^\d{1,7}$/.test(length)) return malformed(`no length: ${first}`);
  const bodyStart = end + headEnd.length;
  const bodyEnd = bodyStart + Number(length);
  if (bytes.length < bodyEnd) return { kind: 'partial' };
  const body = Buffer.from(bytes.subarray(bodyStart, bodyEnd));
  return { kind: 'answer', answer: { status, headers, body }, end: bodyEnd };
}

function malformed(why: string): Reading {
  return { kind: 'malformed', why };
}
