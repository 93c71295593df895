import { readFileSync } from 'node:fs';

/** A text, or parts that are joined; `repeat` stands `times` times. */
export type GoldenText = string | readonly (string | Repeated)[];

interface Repeated {
  readonly repeat: string;
  readonly times: number;
}

/** The vectors of one topic; `../golden/README.md` says what their members mean. */
export function golden<Vector>(topic: string): readonly Vector[] {
  const path = new URL(`../golden/${topic}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as readonly Vector[];
}

export function goldenText(text: GoldenText): string {
  if (typeof text === 'string') return text;
  return text
    .map((part) => (typeof part === 'string' ? part : part.repeat.repeat(part.times)))
    .join('');
}

/** The bytes of a vector: its text in UTF-8, or what its base64 stands for. */
export function goldenBytes(vector: {
  readonly body?: GoldenText;
  readonly bodyBase64?: string;
}): Buffer {
  const { body = '', bodyBase64 } = vector;
  return bodyBase64 === undefined
    ? Buffer.from(goldenText(body))
    : Buffer.from(bodyBase64, 'base64');
}
