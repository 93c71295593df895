/** Finds the events of a batch in its body, each judged and sliced out, never parsed. */
import { isUtf8 } from 'node:buffer';
import { isTimestamp, limits, type ProblemCode } from '@holdfast/protocol';
import { decodeMsgpackBatch } from '@holdfast/protocol/msgpack';
import { checkEvent, type RejectedEvent, type ValidEvent } from './check-event.js';
import { ScannedEvent } from './scan-event.js';
import { JsonCursor } from './scan-json.js';

export type BatchEvent = ValidEvent | RejectedEvent;

export interface Batch {
  readonly kind: 'batch';
  readonly batchId?: string | undefined;
  /** RFC 3339. */
  readonly sentAt?: string | undefined;
  readonly epoch?: number | undefined;
  readonly events: readonly BatchEvent[];
}

/** Why a batch as a whole cannot be read. */
export interface BatchProblem {
  readonly kind: 'problem';
  readonly code: ProblemCode;
  readonly detail: string;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const batchIdPattern = /^[A-Za-z0-9._:-]+$/;

/** Whether `value` may be a batchId: 1–64 characters of the alphabet of eventIds. */
function isBatchId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= limits.maxBatchIdLength &&
    batchIdPattern.test(value)
  );
}

/** Scans batches one after the other; owns the cursor's stack, so one is enough for a process. */
export class BatchScanner {
  readonly #cursor = new JsonCursor();
  readonly #event = new ScannedEvent(this.#cursor);
  #events: BatchEvent[] = [];
  #batchId: string | undefined;
  #sentAt: string | undefined;
  #epoch: number | undefined;

  /** Reads a JSON body. Line ends between its tokens are made spaces in place. */
  scan(body: Buffer): Batch | BatchProblem {
    if (!isUtf8(body)) return problem('invalid_utf8', 'the body is not UTF-8');
    this.#forget();
    this.#cursor.reset(body);
    const found = this.#scanBatch();
    if (found !== undefined) return found;
    return this.#cursor.next() === -1 ? this.#found() : this.#notJson();
  }

  /** Reads a MessagePack body, in which each event stands alone: one that is no JSON is refused
   *  without the others. */
  scanMsgpack(body: Buffer): Batch | BatchProblem {
    const frame = decodeMsgpackBatch(body);
    if (frame.kind === 'too_many_events') return tooManyEvents();
    if (frame.kind === 'invalid') return problem('invalid_batch', frame.detail);
    this.#forget();
    for (const [name, value] of frame.members) {
      const isOurs = name === 'batchId' || name === 'sentAt' || name === 'epoch';
      const found = isOurs ? this.#takeMember(name, value) : undefined;
      if (found !== undefined) return found;
    }
    for (const event of frame.events) this.#scanAlone(event);
    return this.#found();
  }

  #forget(): void {
    this.#events = [];
    this.#batchId = undefined;
    this.#sentAt = undefined;
    this.#epoch = undefined;
  }

  #found(): Batch {
    return {
      kind: 'batch',
      events: this.#events,
      batchId: this.#batchId,
      sentAt: this.#sentAt,
      epoch: this.#epoch,
    };
  }

  #scanBatch(): BatchProblem | undefined {
    const cursor = this.#cursor;
    if (cursor.next() !== openBrace) return this.#notAnObject();
    cursor.pos++;
    const names = new Set<string>();
    for (;;) {
      if (names.size === 0 && cursor.next() === closeBrace) break;
      if (!cursor.skipKey()) return this.#notJson();
      const name = cursor.text(cursor.keyStart, cursor.keyEnd);
      if (names.has(name)) return problem('invalid_batch', 'a key of the batch stands twice');
      names.add(name);
      if (names.size > limits.maxBatchKeys) {
        return problem('invalid_batch', `over ${limits.maxBatchKeys} keys in the batch`);
      }
      const found = this.#scanMember(name);
      if (found !== undefined) return found;
      const after = cursor.next();
      if (after === closeBrace) break;
      if (after !== comma) return this.#notJson();
      cursor.pos++;
    }
    cursor.pos++;
    return names.has('events') ? undefined : problem('invalid_batch', 'events is missing');
  }

  #scanMember(name: string): BatchProblem | undefined {
    const cursor = this.#cursor;
    const first = cursor.next();
    if (name === 'events') {
      if (first === openBracket) return this.#scanEvents();
      return cursor.skipValue(1) ? problem('invalid_batch', 'events is no array') : this.#notJson();
    }
    const start = cursor.pos;
    if (!cursor.skipValue(1)) return this.#notJson();
    if (name !== 'batchId' && name !== 'sentAt' && name !== 'epoch') return undefined;
    const isScalar = first !== openBrace && first !== openBracket;
    const value: unknown = isScalar
      ? JSON.parse(cursor.bytes.toString('utf8', start, cursor.pos))
      : undefined;
    return this.#takeMember(name, value);
  }

  #takeMember(name: 'batchId' | 'sentAt' | 'epoch', value: unknown): BatchProblem | undefined {
    if (name === 'batchId' && isBatchId(value)) this.#batchId = value;
    else if (name === 'sentAt' && isTimestamp(value)) this.#sentAt = value;
    else if (name === 'epoch' && isEpoch(value)) this.#epoch = value;
    else return problem('invalid_batch', `${name} is not valid`);
    return undefined;
  }

  #scanEvents(): BatchProblem | undefined {
    const cursor = this.#cursor;
    cursor.pos++;
    if (cursor.next() === closeBracket) {
      cursor.pos++;
      return undefined;
    }
    for (;;) {
      if (this.#events.length === limits.maxBatchEvents) {
        return tooManyEvents();
      }
      const found = this.#scanEvent();
      if (found !== undefined) return found;
      const after = cursor.next();
      cursor.pos++;
      if (after === closeBracket) return undefined;
      if (after !== comma) return this.#notJson();
    }
  }

  #scanEvent(): BatchProblem | undefined {
    if (!this.#event.scan()) return this.#notJson();
    this.#takeEvent();
    return undefined;
  }

  #scanAlone(view: Uint8Array): void {
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.length);
    this.#cursor.reset(bytes);
    if (isUtf8(bytes) && this.#event.scan() && this.#cursor.next() === -1) this.#takeEvent();
    else {
      // It is kept as a dead letter, on one line as every event.
      const onOneLine = bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
      const code = 'invalid_event';
      this.#events.push({ kind: 'rejected', code, detail: 'not JSON', bytes: onOneLine });
    }
  }

  #takeEvent(): void {
    this.#events.push(checkEvent(this.#event));
  }

  #notAnObject(): BatchProblem {
    const isJson = this.#cursor.skipValue(0) && this.#cursor.next() === -1;
    return isJson ? problem('invalid_batch', 'the body is no object') : this.#notJson();
  }

  #notJson(): BatchProblem {
    return problem('invalid_json', `not JSON at byte ${this.#cursor.pos}`);
  }
}

function tooManyEvents(): BatchProblem {
  return problem('too_many_events', `over ${limits.maxBatchEvents} events`);
}

function problem(code: ProblemCode, detail: string): BatchProblem {
  return { kind: 'problem', code, detail };
}

function isEpoch(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
