/**
 * Collectors that are broken on purpose, one line each: a check that does not see its own fault
 * would be worth nothing. `seen` is what the failure of the right check says.
 */
import type { SourceChange } from '../support/source-change.js';
import type { CaseKind } from './fuzz-case.js';

export interface BrokenCollector extends SourceChange {
  readonly fault: string;
  readonly seen: RegExp;
  /** Of these kinds alone; default: of all. */
  readonly kinds?: readonly CaseKind[];
  /** Default 3,000. */
  readonly cases?: number;
  readonly patient?: number;
  /** Default 3 s. */
  readonly hangMs?: number;
}

const collector = 'packages/collector/src';
const http = 'packages/server-core/src/http';

export const brokenCollectors: readonly BrokenCollector[] = [
  {
    fault: 'events are parsed and written anew',
    file: `${collector}/scan/check-event.ts`,
    from: 'const bytes = event.cursor.bytes.subarray(event.start, event.end);',
    to: 'const bytes = Buffer.from(JSON.stringify(JSON.parse(event.cursor.bytes.toString("utf8", event.start, event.end))));',
    seen: /other bytes stored/,
  },
  {
    fault: 'line ends between tokens stay',
    file: `${collector}/scan/scan-json.ts`,
    from: 'if (c === 0x0a || c === 0x0d) bytes[pos] = space;',
    to: 'if (c === 0x0a || c === 0x0d) {}',
    seen: /damaged/,
  },
  {
    fault: 'one level more is taken',
    file: `${collector}/scan/scan-json.ts`,
    from: 'if (depth + open > limits.maxDepth)',
    to: 'if (depth + open > limits.maxDepth + 1)',
    seen: /taken, but too_deep/,
  },
  {
    fault: '__proto__ is taken if it is spelled with escapes',
    file: `${collector}/scan/scan-json.ts`,
    from: 'return this.text(start, end) === forbiddenKey;',
    to: "return this.bytes.toString('latin1', start, end) === forbiddenKey;",
    seen: /taken, but forbidden_key/,
  },
  {
    fault: 'half a surrogate pair is taken',
    file: `${collector}/scan/scan-json.ts`,
    from: 'this.faults |= eventFault.loneSurrogate;',
    to: '',
    seen: /taken, but lone_surrogate/,
  },
  {
    fault: 'a member spelled with escapes is not known again',
    file: `${collector}/scan/scan-event.ts`,
    from: 'if (spelled !== undefined) return this.#claim(spelled);',
    to: '',
    seen: /but sound|taken, but repeated_key/,
  },
  {
    fault: 'what stands behind the batch is not looked at',
    file: `${collector}/scan/scan-batch.ts`,
    from: 'return this.#cursor.next() === -1 ? this.#found() : this.#notJson();',
    to: 'return this.#found();',
    seen: /answered ok, not invalid_json/,
  },
  {
    fault: 'a MessagePack frame may go on behind its end',
    file: 'packages/protocol/src/msgpack.ts',
    from: 'if (reader.isBroken || !reader.isAtEnd)',
    to: 'if (reader.isBroken)',
    seen: /answered ok, not invalid_batch/,
    kinds: ['msgpack'],
  },
  {
    fault: 'acked, but the third event of a batch is not written',
    file: `${collector}/dedup/store-once.ts`,
    from: 'const outcomes = fresh.length === 0 ? [] : await this.#write(fresh);',
    to: 'await this.#write(fresh.slice(0, 2)); const outcomes = fresh.map(() => stored);',
    seen: /acked but not stored/,
  },
  {
    fault: 'copies are not known again',
    file: `${collector}/dedup/memory-seen-events.ts`,
    from: '(key) => this.#young.has(key) || this.#old.has(key)',
    to: '(key) => key === ""',
    seen: /stored twice/,
    cases: 6_000,
  },
  {
    fault: 'copies are counted as accepted',
    file: `${collector}/receive/accept-batch.ts`,
    from: "else if (outcome.kind === 'duplicate') duplicates++;",
    to: "else if (outcome.kind === 'duplicate') accepted++;",
    seen: /accepted, but \d+ stored/,
  },
  {
    fault: 'refused for ever, but kept nowhere',
    file: `${collector}/receive/receive-batch.ts`,
    from: 'return sink === undefined || !hasLetters ?',
    to: 'return sink === undefined || hasLetters ?',
    seen: /dead letters/,
  },
  {
    fault: 'inflating has no bound',
    file: `${collector}/receive/read-body.ts`,
    from: 'const options = { maxOutputLength: limits.maxInflatedBytes };',
    to: 'const options = { maxOutputLength: 2_000_000_000 };',
    seen: /not inflated_too_large/,
    kinds: ['compressed'],
  },
  {
    fault: 'a body that cannot be inflated is a bug',
    file: `${collector}/receive/read-body.ts`,
    from: "return refusal('invalid_compression',",
    to: "throw error; return refusal('invalid_compression',",
    seen: /status 500/,
    kinds: ['compressed'],
  },
  {
    fault: 'an empty body is waited for',
    file: `${collector}/receive/read-body.ts`,
    from: "const end = () => finish({ kind: 'body', bytes: wire.bytes });",
    to: "const end = () => wire.length > 0 && finish({ kind: 'body', bytes: wire.bytes });",
    seen: /hung without an answer/,
    kinds: ['compressed', 'mutated'],
  },
  {
    fault: 'a target that is badly escaped ends the process',
    file: `${http}/http-server.ts`,
    from: 'const fault = headFault(request);',
    to: "decodeURIComponent(request.url ?? ''); const fault = headFault(request);",
    seen: /the collector is gone/,
    kinds: ['headers'],
  },
  {
    fault: 'the lenient HTTP parser',
    file: `${http}/http-server.ts`,
    from: 'requireHostHeader: false,',
    to: 'requireHostHeader: false, insecureHTTPParser: true,',
    seen: /^stored for framing, but never sent/,
    kinds: ['framing'],
  },
  {
    fault: 'what is no HTTP is refused without the headers that pages need',
    file: `${http}/http-server.ts`,
    from: '...corsHeaders,',
    to: '',
    seen: /no CORS header/,
    kinds: ['framing'],
  },
  {
    fault: 'a cookie is set',
    file: `${http}/problem.ts`,
    from: "'content-type': 'application/json',",
    to: "'content-type': 'application/json', 'set-cookie': 'a=b',",
    seen: /sends set-cookie/,
  },
  {
    fault: 'targets are logged, and with them keys',
    file: `${http}/http-server.ts`,
    from: 'const fault = headFault(request);',
    to: 'console.error(request.url); const fault = headFault(request);',
    seen: /logged the write keys/,
    cases: 500,
  },
  {
    fault: 'compressed bodies count as held for ever',
    file: `${collector}/receive/receive-batch.ts`,
    from: 'admitted.ticket.release();',
    to: "if (form.encoding === 'identity') admitted.ticket.release();",
    seen: /not idle after the last answer/,
    cases: 500,
  },
  {
    fault: 'every body is remembered',
    file: `${collector}/receive/receive-batch.ts`,
    from: 'ticket.resize(body.bytes.length);',
    to: 'ticket.resize(body.bytes.length); ((globalThis as any).kept ??= []).push(Buffer.alloc(150_000, 1));',
    seen: /RSS \d+ bytes/,
  },
  {
    fault: 'some bodies keep the event loop busy',
    file: `${collector}/receive/receive-batch.ts`,
    from: 'ticket.resize(body.bytes.length);',
    to: 'ticket.resize(body.bytes.length); if (body.bytes.length % 16 === 0) for (const from = process.cpuUsage(); process.cpuUsage(from).user < 400_000; );',
    seen: /event-loop delay p99/,
    cases: 100,
    hangMs: 20_000,
  },
  {
    fault: 'announced bytes count as held',
    file: `${collector}/admission/admission.ts`,
    from: 'ticket.resize(0);',
    to: '',
    seen: /the healthy tenant was refused/,
    cases: 500,
    patient: 600,
  },
];

/** The same for the Kafka sink alone. */
export const brokenKafkaSinks: readonly BrokenCollector[] = [
  {
    fault: 'the value of a record begins where the body does',
    file: 'packages/collector/src/sinks/kafka/kafka-record.ts',
    from: 'value: Buffer.from(buffer, byteOffset, byteLength),',
    to: 'value: Buffer.from(buffer, 0, byteLength + byteOffset * 0),',
    seen: /other bytes stored/,
  },
  {
    fault: 'the key of a record is the eventId',
    file: 'packages/collector/src/sinks/kafka/kafka-record.ts',
    from: 'key: Buffer.from(event.partitionKey),',
    to: 'key: Buffer.from(event.eventId),',
    seen: /its record has the key/,
  },
];
