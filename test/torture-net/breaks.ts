import type { SourceChange } from '../support/source-change.js';

/** A fault put into the product, to see that a part of the run notices. */
export interface Break {
  readonly part: 'wire' | 'herd';
  /** The herd that has to notice. */
  readonly herd?: string;
  readonly change: SourceChange;
}

const core = 'packages/sdk-core/src';
const collector = 'packages/collector/src';

export const breaks: Readonly<Record<string, Break>> = {
  'a reset is taken for an ack': {
    part: 'wire',
    change: {
      file: `${core}/answer.ts`,
      from: "if (outcome.kind === 'network') return { kind: 'failure', cause: outcome.detail };",
      to: `if (outcome.kind === 'network') return { kind: 'acked', ack: { batchId, region: '',
        epoch: 0, durable: [], accepted: eventCount, duplicates: 0, rejected: [], retry: [] } };`,
    },
  },
  'any 200 is an ack': {
    part: 'wire',
    change: {
      file: 'packages/protocol/src/ack.ts',
      from: 'return parse(body, (ack: Ack) => {',
      to: `const value = parse(body, (json) => typeof json === 'object' && json !== null);
        if (value !== undefined) return { ...value, epoch: 0, rejected: [], retry: [] } as never;
        return parse(body, (ack: Ack) => {`,
    },
  },
  'any 400 is a verdict': {
    part: 'wire',
    change: {
      file: `${core}/answer.ts`,
      from: 'const problem = parseProblem(outcome.body, status);',
      to: "const problem = parseProblem(outcome.body, status) ?? (status === 400 && { code: 'x', detail: '' });",
    },
  },
  'a batch is forgotten after a timeout': {
    part: 'wire',
    change: {
      file: `${core}/answer.ts`,
      from: "if (outcome.kind === 'network') return { kind: 'failure', cause: outcome.detail };",
      to: `if (outcome.kind === 'network' && outcome.detail !== 'timeout') {
          return { kind: 'failure', cause: outcome.detail };
        }
        if (outcome.kind === 'network') return { kind: 'acked', ack: { batchId, region: '',
        epoch: 0, durable: [], accepted: eventCount, duplicates: 0, rejected: [], retry: [] } };`,
    },
  },
  'the ack goes out before the sink has the events': {
    part: 'wire',
    change: {
      file: `${collector}/dedup/store-once.ts`,
      from: 'const bySink = await Promise.all(this.#sinks.map((sink) => sink.write(events)));',
      to: `setTimeout(() => this.#sinks.map((sink) => sink.write(events)), 50);
        const bySink = this.#sinks.map(() => events.map(() => stored));`,
    },
  },
  'a slow body is never cut': {
    part: 'wire',
    change: {
      file: 'packages/server-core/src/limits.ts',
      from: 'requestTimeoutMs: 10_000',
      to: 'requestTimeoutMs: 0',
    },
  },
  'flush counts what was sent as delivered': {
    part: 'wire',
    change: {
      file: `${core}/outcomes.ts`,
      from: 'pending: this.#lastSeq - delivered - rejected - dropped };',
      to: 'pending: 0, ...{ delivered: this.#lastSeq - rejected - dropped } };',
    },
  },
  'everybody is called back after 5 to 60 s': {
    part: 'herd',
    herd: 'an hour without a connection',
    change: {
      file: `${collector}/admission/retry-after.ts`,
      from: 'return Math.max(range.maxMs - range.minMs, spreadMs);',
      to: 'return range.maxMs - range.minMs + 0 * spreadMs;',
    },
  },
  'a sink that was slow stays so for 10 s': {
    part: 'herd',
    herd: 'an hour without a connection',
    change: {
      file: `${collector}/admission/sink-latency.ts`,
      from: 'const [oldest] = this.#underWay;',
      to: `const [oldest] = this.#underWay;
        if (oldest) this.age = this.#clock.monotonicMs() - oldest.startedMs;
        if (this.age > 4_000 || this.slow > this.#clock.monotonicMs()) {
          if (this.age > 4_000) this.slow = this.#clock.monotonicMs() + 10_000;
          this.age = 0;
          return 4_999;
        }`,
    },
  },
  'a Retry-After is obeyed by half': {
    part: 'herd',
    herd: 'ten minutes of 503',
    change: {
      file: `${core}/retry-gate.ts`,
      from: 'if (isOrder) this.#close(orderMs, true);',
      to: 'if (isOrder) this.#close(orderMs / 2, true);',
    },
  },
};
