/**
 * Events that the collector refused for good: the file `dead-letters.ndjson`, shared by all clients
 * of a write key. A line is `{"code":…,"detail":…,"deadAtMs":…,"event":…}` and ends in the event's
 * JSON as it was queued. Lines that a crash tore are passed over.
 *
 * Limits: `maxDeadLetters`, `maxDeadLetterBytes`; beyond them a new one is dropped and told.
 */
import type { DropReason } from '@holdfast/protocol';
import type { EventJson } from '@holdfast/sdk-core/ports';
import { nodeLimits } from '../limits.js';
import { errnoOf, type FileSystem } from './file-system.js';

export interface DeadLetter {
  readonly code: string;
  readonly detail: string | undefined;
  /** When it was refused, by the client's clock. */
  readonly deadAtMs: number;
  /** The event's JSON, as it was queued. */
  readonly eventJson: string;
}

export interface NewDeadLetter {
  readonly code: string;
  readonly detail?: string | undefined;
  readonly json: EventJson;
}

const newline = 0x0a;
const eventKey = ',"event":';

export class DeadLetterFile {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  /** Lines in the file when it was counted last, and how long it was then. */
  #counted: { lines: number; bytes: number } | undefined;

  constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
  }

  /** Keeps them in order; returns why the rest was dropped, if not all could be kept. */
  add(letters: readonly NewDeadLetter[], nowMs: number): { kept: number; reason?: DropReason } {
    try {
      const known = this.#count();
      const lines: Buffer[] = [];
      let bytes = known.bytes;
      for (const letter of letters) {
        const line = encodeLine(letter, nowMs);
        bytes += line.length;
        const isFull = known.lines + lines.length >= nodeLimits.maxDeadLetters;
        if (isFull || bytes > nodeLimits.maxDeadLetterBytes) break;
        lines.push(line);
      }
      if (lines.length > 0) this.#append(lines);
      if (lines.length === letters.length) return { kept: lines.length };
      return { kept: lines.length, reason: 'dead_letters_full' };
    } catch {
      // A dead letter is only evidence: to wait for its disk would hold up events that can be sent.
      this.#counted = undefined;
      return { kept: 0, reason: 'storage_failed' };
    }
  }

  /** All that are kept, oldest first. Throws the file system's error. */
  read(): DeadLetter[] {
    return linesOf(this.#bytes()).flatMap((line) => {
      const at = line.indexOf(eventKey);
      const letter = parseLine(line);
      if (!letter || at < 0) return [];
      return [{ ...letter, eventJson: line.slice(at + eventKey.length, -1) }];
    });
  }

  #append(lines: readonly Buffer[]): void {
    const known = this.#counted!;
    const bytes = Buffer.concat(lines);
    this.#fileSystem.append(this.#path, bytes);
    this.#counted = { lines: known.lines + lines.length, bytes: known.bytes + bytes.length };
  }

  /** Other clients write to the file, too: it is counted anew whenever its length is another. */
  #count(): { lines: number; bytes: number } {
    const bytes = this.#fileSystem.sizeOf(this.#path) ?? 0;
    if (this.#counted?.bytes === bytes) return this.#counted;
    const whole = this.#bytes();
    if (whole.length > 0 && whole.at(-1) !== newline) {
      // A line that a crash tore must not swallow the next one.
      this.#fileSystem.append(this.#path, Buffer.of(newline));
    }
    this.#counted = { lines: linesOf(whole).length, bytes };
    return this.#counted;
  }

  #bytes(): Uint8Array {
    try {
      return this.#fileSystem.readSmall(this.#path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new Uint8Array();
      throw error;
    }
  }
}

function encodeLine({ code, detail, json }: NewDeadLetter, nowMs: number): Buffer {
  const head = JSON.stringify({ code, detail, deadAtMs: nowMs });
  return Buffer.concat([
    Buffer.from(head.slice(0, -1) + eventKey),
    typeof json === 'string' ? Buffer.from(json) : json,
    Buffer.from('}\n'),
  ]);
}

function linesOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  return text.split('\n').filter((line) => line !== '');
}

function parseLine(line: string): Omit<DeadLetter, 'eventJson'> | undefined {
  try {
    const { code, detail, deadAtMs } = JSON.parse(line) as DeadLetter;
    return { code, detail, deadAtMs };
  } catch {
    // Torn by a crash or a full disk.
    return undefined;
  }
}
