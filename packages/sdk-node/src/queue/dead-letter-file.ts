/**
 * Events that the collector refused for good: the file `dead-letters.ndjson`, shared by all clients
 * of a write key. A line is `{"crc32c":…,"code":…,"detail":…,"deadAtMs":…,"event":…}` and ends in
 * the event's JSON as it was queued. It has a line feed before it as well as behind, so that damage
 * to one costs one line. A line whose checksum is wrong (damaged, torn by a crash) is passed over.
 *
 * To be sent again, the file is first moved to `dead-letters-<uuid>.ndjson`, then its events are
 * queued, then it is deleted. A crash between any two of these makes copies, and loses none.
 *
 * Limits: `maxDeadLetters`, `maxDeadLetterBytes`; beyond them a new one is dropped and told.
 */
import {
  type AnalyticsEvent,
  checkedJson,
  type DropReason,
  priorities,
  readCheckedJson,
} from '@holdfast/protocol';
import type { DeadLetter, EventJson, QueueRecord } from '@holdfast/sdk-core/ports';
import { nodeLimits } from '../limits.js';
import { errnoOf, type FileSystem } from './file-system.js';
import { mendedLetter } from './mended-letter.js';
import type { Quarantine } from './quarantine.js';

export interface NewDeadLetter {
  readonly code: string;
  readonly detail?: string | undefined;
  readonly json: EventJson;
}

const fileName = 'dead-letters.ndjson';
const claimedName = /^dead-letters-[0-9a-f-]{36}\.ndjson$/;
const newline = Buffer.of(0x0a);
const eventKey = ',"event":';

export class DeadLetterFile {
  readonly #fileSystem: FileSystem;
  readonly #rootPath: string;
  readonly #quarantine: Quarantine;
  /** Lines in the file when it was counted last, and how long it was then. */
  #counted: { lines: number; bytes: number } | undefined;

  constructor(fileSystem: FileSystem, rootPath: string, quarantine: Quarantine) {
    this.#fileSystem = fileSystem;
    this.#rootPath = rootPath;
    this.#quarantine = quarantine;
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
      if (lines.length > 0) this.#append(lines, known);
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
    return [...this.#claimedPaths(), this.#path].flatMap((path) => this.#read(path).letters);
  }

  /**
   * Hands all of them to `take`, and forgets them once that has resolved; returns how many.
   * `claimId` is a new UUID. Rejects with take's or the file system's error: what was not taken is
   * kept.
   */
  async drain(
    claimId: string,
    take: (letters: readonly DeadLetter[]) => Promise<void>,
  ): Promise<number> {
    this.#claim(claimId);
    let count = 0;
    // What other clients have claimed, too: they may have crashed, and a copy does no harm.
    for (const path of this.#claimedPaths()) {
      const { letters, isDamaged } = this.#read(path);
      if (letters.length > 0) await take(letters);
      count += letters.length;
      await this.#discard(path, isDamaged);
    }
    return count;
  }

  get #path(): string {
    return `${this.#rootPath}/${fileName}`;
  }

  #claimedPaths(): string[] {
    const names = this.#fileSystem.listNow(this.#rootPath);
    return names
      .filter((name) => claimedName.test(name))
      .map((name) => `${this.#rootPath}/${name}`);
  }

  #claim(claimId: string): void {
    try {
      this.#fileSystem.move(this.#path, `${this.#rootPath}/dead-letters-${claimId}.ndjson`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  async #discard(path: string, isDamaged: boolean): Promise<void> {
    const name = path.slice(this.#rootPath.length + 1);
    try {
      if (isDamaged && (await this.#quarantine.keep(path, name))) return;
      await this.#fileSystem.remove(path);
    } catch (error) {
      // Another client that sends them again was faster.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  #append(lines: readonly Buffer[], known: { lines: number; bytes: number }): void {
    const bytes = Buffer.concat(lines);
    const end = known.bytes + bytes.length;
    this.#fileSystem.append(this.#path, bytes);
    // Another client may have claimed, read and deleted the file while we wrote to it.
    const isThere = (this.#fileSystem.sizeOf(this.#path) ?? 0) >= end;
    if (!isThere) this.#fileSystem.append(this.#path, bytes);
    this.#counted = isThere ? { lines: known.lines + lines.length, bytes: end } : undefined;
  }

  /** Other clients write to the file, too: it is counted anew whenever its length is another. */
  #count(): { lines: number; bytes: number } {
    const bytes = this.#fileSystem.sizeOf(this.#path) ?? 0;
    if (this.#counted?.bytes !== bytes) {
      this.#counted = { lines: linesOf(this.#bytes(this.#path)).length, bytes };
    }
    return this.#counted;
  }

  #read(path: string): { letters: DeadLetter[]; isDamaged: boolean } {
    const lines = linesOf(this.#bytes(path));
    const letters = lines.map(decodeLine).filter((letter) => letter !== undefined);
    return { letters, isDamaged: letters.length < lines.length };
  }

  #bytes(path: string): Uint8Array {
    try {
      return this.#fileSystem.readSmall(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new Uint8Array();
      throw error;
    }
  }
}

function encodeLine({ code, detail, json }: NewDeadLetter, nowMs: number): Buffer {
  const head = JSON.stringify({ code, detail, deadAtMs: nowMs });
  const letter = Buffer.concat([
    Buffer.from(head.slice(0, -1) + eventKey),
    typeof json === 'string' ? Buffer.from(json) : json,
    Buffer.from('}'),
  ]);
  return Buffer.concat([newline, checkedJson(letter), newline]);
}

/** The lines that are not empty. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(newline[0]!, start);
    const end = feed < 0 ? bytes.length : feed;
    if (end > start) lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function decodeLine(line: Uint8Array): DeadLetter | undefined {
  const json = readCheckedJson(line);
  if (!json) return undefined;
  const text = Buffer.from(json).toString();
  const at = text.indexOf(eventKey);
  const { code, detail, deadAtMs } = JSON.parse(`${text.slice(0, at)}}`) as DeadLetter;
  return { code, detail, deadAtMs, eventJson: text.slice(at + eventKey.length, -1) };
}

/** The record that a dead letter was, mended: the same eventId. Its age begins anew. */
export function recordOf({ eventJson }: DeadLetter, nowMs: number): QueueRecord {
  const json = mendedLetter(eventJson);
  const { eventId, queue, priority } = JSON.parse(json) as AnalyticsEvent;
  return {
    eventId,
    queueId: queue?.id ?? '',
    seq: queue?.seq ?? 0,
    priority: priorities.find((each) => each === priority) ?? 'normal',
    json,
    sizeBytes: Buffer.byteLength(json),
    serverTimeMs: nowMs,
  };
}
