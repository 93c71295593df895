/**
 * Bugs that others have made, one line each. The names say what the bug does; `seeds` are those
 * that see it first.
 */
import type { SourceChange } from '../../support/source-change.js';

export interface Mutant extends SourceChange {
  readonly name: string;
  readonly seeds: readonly number[];
  /** One of those that the quick form puts in: caught by its first seed. */
  readonly isQuick?: boolean;
}

const core = 'packages/sdk-core/src';
const queue = 'packages/sdk-node/src/queue';
const collector = 'packages/collector/src';

export const mutants: readonly Mutant[] = [
  {
    name: 'ack before fsync',
    file: `${queue}/file-event-store.ts`,
    from: "if (this.durability === 'power') return this.#sync(records, extents);",
    to: '',
    seeds: [],
  },
  {
    name: 'segment folder not synced',
    file: `${queue}/group-sync.ts`,
    from: '...[...folders].map((folder) => folder.sync(this.#fileSystem)),',
    to: '',
    seeds: [],
  },
  {
    name: 'failed fdatasync tried again',
    file: `${queue}/group-sync.ts`,
    from: 'else if (failure !== undefined || append.extents.some(isPoisoned)) {',
    to: 'else if (false) {',
    seeds: [],
  },
  {
    name: 'remove before ack',
    file: `${core}/delivery.ts`,
    from: 'this.#attempts.add(attempt);',
    to: "this.#attempts.add(attempt); await this.#parts.settler.acked(records, { rejected: [], retry: [] } as never, '');",
    seeds: [],
    isQuick: true,
  },
  {
    name: 'remove first n instead of ids',
    file: `${core}/settler.ts`,
    from: 'const ending = endings.has(index) ? endings.get(index) : delivered;',
    to: 'const ending = index < ack.accepted + ack.duplicates ? delivered : endings.get(ack.retry[0]?.index ?? ack.rejected[0]!.index);',
    seeds: [],
  },
  {
    name: 'seen-mark before the sinks ack',
    file: `${collector}/dedup/store-once.ts`,
    from: 'const outcomes = fresh.length === 0 ? [] : await this.#write(fresh);',
    to: 'await this.#seen.mark(fresh); const outcomes = await this.#write(fresh);',
    seeds: [7],
  },
  {
    name: 'timeout is success',
    file: `${core}/answer.ts`,
    from: "if (outcome.kind === 'timeout') return { kind: 'failure', cause: 'timeout' };",
    to: "if (outcome.kind === 'timeout') return { kind: 'acked', ack: { batchId, region: '', epoch: 0, durable: [], accepted: eventCount, duplicates: 0, rejected: [], retry: [] } };",
    seeds: [4],
  },
  {
    name: '429 is a refusal',
    file: `${core}/answer.ts`,
    from: 'const problem = parseProblem(body, status);',
    to: "if (status === 429) return { kind: 'refused', code: 'rate_limited' }; const problem = parseProblem(body, status);",
    seeds: [6],
  },
  {
    name: 'a foreign 400 is a verdict',
    file: `${core}/answer.ts`,
    from: 'if (!problem) return { kind:',
    to: "if (!problem && status === 400) return { kind: 'refused', code: 'bad_request' }; if (!problem) return { kind:",
    seeds: [24],
  },
  {
    name: 'a foreign 200 is an ack',
    file: `${core}/answer.ts`,
    from: "return ack ? { kind: 'acked', ack } : { kind: 'failure', cause: 'foreign answer 200' };",
    to: "return { kind: 'acked', ack: ack ?? { batchId, region: '', epoch: 0, durable: [], accepted: eventCount, duplicates: 0, rejected: [], retry: [] } };",
    seeds: [],
  },
  {
    name: 'an ack of another batch is believed',
    file: 'packages/protocol/src/ack.ts',
    from: 'ack.batchId === batchId &&',
    to: 'batchId !== undefined &&',
    seeds: [],
  },
  {
    name: 'the retry list is accepted',
    file: `${core}/settler.ts`,
    from: 'for (const { index } of ack.retry) endings.set(index, undefined);',
    to: '',
    seeds: [11],
  },
  {
    name: 'a new eventId on each retry',
    file: `${core}/delivery.ts`,
    from: 'events: records.map((record) => record.json),',
    to: "events: records.map((record) => (typeof record.json === 'string' ? record.json : new (globalThis as any).TextDecoder().decode(record.json)).replace(record.eventId, newId())),",
    seeds: [],
    isQuick: true,
  },
  {
    name: 'idDay from receivedAt',
    file: 'packages/storage/src/duckdb/event-row.ts',
    from: 'idDay: idDay(eventId, timestamp),',
    to: 'idDay: new Date(line.receivedAtMs).toISOString().slice(0, 10),',
    seeds: [68],
  },
  {
    name: 'batchId used for dedup',
    file: `${collector}/receive/accept-batch.ts`,
    from: "if (event.kind === 'valid') events.push(acceptedEvent(event, reception, optional));",
    to: "if (event.kind === 'valid') events.push({ ...acceptedEvent(event, reception, optional), eventId: batch.batchId ?? event.eventId });",
    seeds: [17],
  },
  {
    name: 'a copy answered before the first one is stored',
    file: `${collector}/dedup/store-once.ts`,
    from: 'await claim.isReleased;',
    to: 'return duplicate;',
    seeds: [14],
  },
  {
    name: 'ack file deleted before its segment',
    file: `${queue}/segment-remover.ts`,
    from: 'await this.#unlink(segment.path);',
    to: 'await this.#unlink(segment.ackPath); await this.#unlink(segment.path);',
    seeds: [38],
  },
  {
    name: 'stored() resolved before the write',
    file: `${core}/intake.ts`,
    from: 'return this.#appended;',
    to: 'return Promise.resolve();',
    seeds: [3],
    isQuick: true,
  },
  {
    name: 'flush resolved before the attempt',
    file: `${core}/outcomes.ts`,
    from: 'if (this.report().pending <= this.#tried.size) this.#finish();',
    to: 'this.#finish();',
    seeds: [],
  },
  {
    name: 'age judged by the local clock',
    file: `${core}/server-time.ts`,
    from: 'if (nowMs === null) return false;',
    to: 'return this.#clock.nowMs() - (uuidV7Ms(record.eventId) ?? 0) > maxAgeMs;',
    seeds: [8],
  },
  {
    name: 'refused event unreported',
    file: `${core}/intake.ts`,
    from: 'if (seq > 0) onDropped(outcomes.queueId, reason);',
    to: '',
    seeds: [],
  },
  {
    name: '200 before the sink',
    file: `${collector}/receive/receive-batch.ts`,
    from: 'const verdict = await this.#store(batch, reception);',
    to: 'void this.#store(batch, reception); const verdict = batchVerdict(batch, batch.events.map(() => ({ kind: "stored" as const })));',
    seeds: [],
    isQuick: true,
  },
  {
    name: 'batch dropped on poison',
    file: `${core}/delivery.ts`,
    from: 'plan.split(records);',
    to: 'for (const record of records) await settler.rejected(record, code, detail);',
    seeds: [],
    isQuick: true,
  },
  {
    name: "one partition opens the cluster's breaker",
    file: `${collector}/sinks/kafka/partition-lane.ts`,
    from: 'this.breaker = new CircuitBreaker(partitionBreaker, () => ports.clock.monotonicMs());',
    to: 'const shared = ports.shared as unknown as { breaker?: CircuitBreaker }; this.breaker = shared.breaker ??= new CircuitBreaker(partitionBreaker, () => ports.clock.monotonicMs());',
    seeds: [47],
  },
  {
    name: 'no jitter',
    file: `${core}/backoff.ts`,
    from: 'return fraction * Math.min(',
    to: 'return Math.ceil(fraction) * Math.min(',
    seeds: [4],
  },
  {
    name: 'Retry-After ignored on 503',
    file: `${core}/answer.ts`,
    from: 'status === 429 || status === 503 ? retryAfterMs(',
    to: 'status === 429 ? retryAfterMs(',
    seeds: [],
    isQuick: true,
  },
  {
    name: 'Retry-After as a date not understood',
    file: `${core}/answer.ts`,
    from: "const until = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;",
    to: 'const until = Number.NaN;',
    seeds: [],
  },
  {
    name: 'flush opens a Retry-After gate',
    file: `${core}/retry-gate.ts`,
    from: 'if (!this.isOrdered(nowMs)) this.#untilMs = 0;\n  }\n\n  state(',
    to: 'this.#untilMs = 0;\n  }\n\n  state(',
    seeds: [7],
  },
  {
    name: 'a shed closes what it does not name',
    file: `${core}/delivery.ts`,
    from: 'const { priority } = attempt;',
    to: 'const { priority } = attempt.records[0]!;',
    seeds: [79],
  },
  {
    name: 'an order that comes while a batch is read is not seen',
    file: `${core}/delivery.ts`,
    from: 'if (!maySend || endpoint.gate.opensAtMs(claimed, isProbe) > clock.monotonicMs()) {',
    to: 'if (!maySend) {',
    seeds: [153],
  },
  {
    name: 'an empty priority forgets the wait of the others',
    file: `${core}/delivery.ts`,
    from: 'if (plan.isWaiting(priority)) nextMs = Math.min(nextMs, clientLimits.storeRetryBaseMs);',
    to: 'if (plan.isWaiting(priority)) nextMs = 0; else return false;',
    seeds: [41],
  },
  {
    name: 'Kafka answer not looked at',
    file: `${collector}/sinks/kafka/partition-lane.ts`,
    from: 'const isStored = isConfirmed(result, this.#partition);',
    to: "const isStored = result.kind === 'answered';",
    seeds: [],
  },
  {
    name: 'two sends at once to a partition',
    file: `${collector}/sinks/kafka/partition-lane.ts`,
    from: 'this.#run ??= this.#sendAll();',
    to: 'this.#run = this.#sendAll();',
    seeds: [],
  },
  {
    name: 'an expired write counts as stored',
    file: `${collector}/sinks/kafka/write-ticket.ts`,
    from: "const late: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };",
    to: "const late: SinkOutcome = { kind: 'stored' };",
    seeds: [11],
  },
  {
    name: 'an owner that lost its folder goes on in it',
    file: `${queue}/file-event-store.ts`,
    from: 'if (!this.#keeper.leaveIfGone()) return extents;',
    to: 'return extents;',
    seeds: [32],
  },
  {
    name: 'a folder that could not be made is not tried again',
    file: `${queue}/home-keeper.ts`,
    from: 'const home = isReleased ? this.#home : this.open();',
    to: 'const home = this.#home;',
    seeds: [33],
  },
  {
    name: 'segment retired before the manifest swap',
    file: 'packages/storage/src/archive/archiver.ts',
    from: 'await this.#manifests.replace(next);',
    to: 'for (const name of segments) await this.#parts.segments.deleteSegment(name); await this.#manifests.replace(next);',
    seeds: [7],
  },
  {
    name: 'archived files not synced',
    file: 'packages/storage/src/archive/archiver.ts',
    from: 'await file.datasync();',
    to: '',
    seeds: [12],
  },
  {
    name: 'the manifest swap not made durable',
    file: 'packages/server-core/src/disk/durable-file.ts',
    from: 'await disk.rename(temporary, path);\n  await disk.syncFolder(dirname(path));',
    to: 'await disk.rename(temporary, path);',
    seeds: [12],
  },
  {
    name: 'the file sink acks before fdatasync',
    file: `${collector}/sinks/file/segment-writer.ts`,
    from: 'await this.#file.datasync();',
    to: '',
    seeds: [7],
  },
  {
    name: 'verdicts written to memory alone',
    file: `${queue}/queue-contents.ts`,
    from: 'segment.writeAcks(this.#parts.fileSystem, ordinals);',
    to: 'void ordinals;',
    seeds: [4],
  },
  {
    name: 'rejected before its dead letter is kept',
    file: `${collector}/receive/accept-batch.ts`,
    from: "if (letter?.kind === 'retry') retry",
    to: "if (letter?.code === 'never') retry",
    seeds: [37],
  },
  {
    name: 'lost at shutdown, and reported as pending',
    file: `${core}/client-core.ts`,
    from: "for (const { queueId, seq } of records) this.outcomes.settled(queueId, seq, 'dropped');",
    to: '',
    seeds: [46],
  },
];

/** Those that the quick form puts in. */
export const quickMutants = mutants.filter(({ isQuick }) => isQuick === true);
