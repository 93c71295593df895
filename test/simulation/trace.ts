/**
 * What happened in one run, line by line. The hash is over every line, so that two runs of a seed
 * can be told to be the same; the lines themselves are kept only for a replay.
 */
const maxLines = 400_000;

export interface TraceLine {
  readonly atMs: number;
  readonly text: string;
  /** The events it is about; none: it is about the world. */
  readonly about: readonly string[];
}

export class Trace {
  readonly #nowMs: () => number;
  readonly #isKept: boolean;
  readonly #lines: TraceLine[] = [];
  #low = 0x811c9dc5;
  #high = 0x1234567;
  #count = 0;

  constructor(nowMs: () => number, isKept: boolean) {
    this.#nowMs = nowMs;
    this.#isKept = isKept;
  }

  /** `about` is only asked for when lines are kept. */
  note(text: string, about: () => readonly string[] = nothing): void {
    const atMs = this.#nowMs();
    this.#count++;
    this.#hash(`${Math.round(atMs * 1_000)} ${text}`);
    if (this.#isKept && this.#lines.length < maxLines) {
      this.#lines.push({ atMs, text, about: about() });
    }
  }

  get count(): number {
    return this.#count;
  }

  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16);
  }

  /** The last lines about the world and about these events. */
  last(count: number, events: ReadonlySet<string>): string[] {
    const relevant = this.#lines.filter(
      ({ about }) => about.length === 0 || about.some((eventId) => events.has(eventId)),
    );
    // A world without a failing event is told by its last lines; else by those about the event.
    const own = this.#lines.filter(({ about }) => about.some((eventId) => events.has(eventId)));
    const chosen = events.size === 0 ? relevant.slice(-count) : around(relevant, own, count);
    return chosen.map(({ atMs, text }) => `${(atMs / 1_000).toFixed(3).padStart(12)} s  ${text}`);
  }

  #hash(text: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) + at;
    }
    this.#low = low;
    this.#high = high;
  }
}

function nothing(): readonly string[] {
  return [];
}

/** All lines about the events, filled up with the lines of the world nearest before them. */
function around(
  relevant: readonly TraceLine[],
  own: readonly TraceLine[],
  count: number,
): readonly TraceLine[] {
  const chosen = new Set(own.slice(-count));
  for (let at = relevant.length - 1; at >= 0 && chosen.size < count; at--) {
    const line = relevant[at]!;
    if (line.atMs <= (own.at(-1)?.atMs ?? Number.POSITIVE_INFINITY)) chosen.add(line);
  }
  return relevant.filter((line) => chosen.has(line));
}
