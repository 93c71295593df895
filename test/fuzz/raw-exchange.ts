import { connect } from 'node:net';
import type { FramingCase } from './framing-cases.js';
import { type Answer, readAnswer } from './read-answers.js';

/** What came back on a raw connection. */
export interface RawOutcome {
  readonly answers: readonly Answer[];
  /** What is no answer. */
  readonly malformed: string | undefined;
  readonly isClosed: boolean;
  readonly tookMs: number;
}

/** Whoever waits for nothing leaves after so long without a byte. */
const quietMs = 150;

/** Writes the pieces and reads answers until the rule can be judged, or `timeoutMs` have passed. */
export function rawExchange(
  port: number,
  { pieces, ending, rule }: Pick<FramingCase, 'pieces' | 'ending' | 'rule'>,
  timeoutMs: number,
): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    let received: Buffer = Buffer.alloc(0);
    let quiet: NodeJS.Timeout | undefined;
    const wanted = rule.kind === 'acks' ? rule.batchIds.length : Number.POSITIVE_INFINITY;
    const finish = (isClosed: boolean) => {
      clearTimeout(quiet);
      clearTimeout(timer);
      socket.destroy();
      const tookMs = performance.now() - startMs;
      resolve({ ...readAll(received), isClosed, tookMs });
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    const wait = () => {
      clearTimeout(quiet);
      if (rule.kind === 'any') quiet = setTimeout(() => finish(false), quietMs);
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      wait();
      if (readAll(received).answers.length >= wanted) finish(false);
    });
    // A reset ends the connection as a close does; what came before it counts.
    socket.on('error', () => undefined);
    socket.once('end', () => finish(true)).once('close', () => finish(true));
    socket.once('connect', () => {
      void writeAll(pieces, (piece) => socket.write(piece)).then(() => {
        if (ending === 'half-closed') socket.end();
        if (ending === 'reset') socket.resetAndDestroy();
        wait();
      });
    });
  });
}

async function writeAll(pieces: readonly Buffer[], write: (piece: Buffer) => void): Promise<void> {
  for (const piece of pieces) {
    if (piece.length > 0) write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function readAll(received: Buffer): Pick<RawOutcome, 'answers' | 'malformed'> {
  const answers: Answer[] = [];
  let at = 0;
  while (at < received.length) {
    const reading = readAnswer(received, at);
    if (reading.kind === 'malformed') return { answers, malformed: reading.why };
    if (reading.kind === 'partial') return { answers, malformed: 'a part of an answer' };
    answers.push(reading.answer);
    at = reading.end;
  }
  return { answers, malformed: undefined };
}
