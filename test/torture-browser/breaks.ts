/** Faults put into the SDK on its way into the page, to see that the torture finds them. */
import type { SourceChange } from '../support/source-change.js';

export interface Break extends SourceChange {
  /** The scenario that must find it. */
  readonly scenario: string;
  /** What its failures say. */
  readonly failure: RegExp;
}

const browser = 'packages/sdk-browser/src';
const core = 'packages/sdk-core/src';

/** A verdict for the whole batch. */
const acked = `{
  kind: 'acked',
  ack: { region: '', epoch: 0, accepted: eventCount, duplicates: 0, rejected: [], retry: [] },
} as never`;

export const breaks: Readonly<Record<string, Break>> = {
  /** Stored before the transaction completes. */
  'early-stored': {
    file: `${browser}/queue/row-database.ts`,
    from: '    await ended;\n',
    to: `    ended.catch(() => {});
         if (mode === 'readwrite') return undefined as never;
         await ended;\n`,
    scenario: 'browser-kill',
    failure: /stored events lost: SIGKILL/,
  },
  /** Relaxed where strict was asked for. */
  'never-strict': {
    file: `${browser}/queue/row-database.ts`,
    from: "this.#parts.durability === 'power' ? 'strict' : 'relaxed'",
    to: "'relaxed'",
    scenario: 'power-cut',
    failure: /stored events lost: power cut, strict/,
  },
  /** Stored as soon as it waits in memory. */
  'stored-in-memory': {
    file: `${core}/layered-store.ts`,
    from: 'return new Promise((resolve) => this.#waiters.push(resolve));',
    to: 'return Promise.resolve();',
    scenario: 'storage-trouble',
    failure: /stored events lost: quota exceeded/,
  },
  /** A request that failed counts as delivered. */
  'failure-acks': {
    file: `${core}/answer.ts`,
    from: "if (outcome.kind === 'network') return",
    to: `if (outcome.kind === 'network') return ${acked}; if (outcome.kind === 'network') return`,
    scenario: 'outage',
    failure: /stored events lost: reload/,
  },
  /** A portal is taken for the collector. */
  'portal-acks': {
    file: `${core}/answer.ts`,
    from: "{ kind: 'failure', cause: 'foreign answer 200' }",
    to: acked,
    scenario: 'outage',
    failure: /stored events lost: foreign answers/,
  },
  /** A foreign refusal is a verdict. */
  'portal-refuses': {
    file: `${core}/answer.ts`,
    from: 'if (!problem) return',
    to: "if (!problem) return { kind: 'refused', code: 'foreign' }; if (!problem) return",
    scenario: 'outage',
    failure: /stored events lost: foreign answers/,
  },
  /** A Retry-After is not obeyed. */
  'no-retry-after': {
    file: `${core}/answer.ts`,
    from: 'status === 429 || status === 503 ? retryAfterMs',
    to: 'false ? retryAfterMs',
    scenario: 'outage',
    failure: /after a Retry-After/,
  },
  /** A new eventId on each attempt. */
  'new-event-id': {
    file: `${browser}/fetch-transport.ts`,
    from: 'events as readonly string[]',
    to: `(events as readonly string[]).map((json) =>
      json.replace(/"eventId":"[^"]*"/, \`"eventId":"\${crypto.randomUUID()}"\`))`,
    scenario: 'lock-holder',
    failure: /counted twice: lock holder/,
  },
  /** A connection is kept that is in the way. */
  'kept-connection': {
    file: `${browser}/queue/row-database.ts`,
    from: 'database.onversionchange = database.onclose = () => this.#drop();',
    to: '',
    scenario: 'storage-trouble',
    failure: /does not make way/,
  },
  /** The browser writes on behind what a kill has torn. */
  'torn-log': {
    file: `${browser}/queue/row-database.ts`,
    from: '    renewLog(this.#parts.name);\n',
    to: '',
    scenario: 'torn-log',
    failure: /stored events lost: SIGKILL that tears/,
  },
};
