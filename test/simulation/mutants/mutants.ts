/**
 * Bugs that others have made, one line each. The names say what the bug does; `seeds` are those
 * that see it first.
 */
import type { Mutation } from '../bundle.js';

export interface Mutant extends Mutation {
  readonly name: string;
  readonly seeds: readonly number[];
}

const core = 'packages/sdk-core/src';
const queue = 'packages/sdk-node/src/queue';
const collector = 'packages/collector/src';

export const mutants: readonly Mutant[] = [
  {
    name: 'ack before fsync',
    file: `${queue}/file-event-store.ts`,
    line: "if (this.durability === 'power') return this.#sync(records, extents);",
    becomes: '',
    seeds: [],
  },
  {
    name: 'segment folder not synced',
    file: `${queue}/group-sync.ts`,
    line: '...[...folders].map((folder) => folder.sync(this.#fileSystem)),',
    becomes: '',
    seeds: [],
  },
  {
    name: 'failed fdatasync tried again',
    file: `${queue}/group-sync.ts`,
    line: 'else if (failure !== undefined || append.extents.some(isPoisoned)) {',
    becomes: 'else if (false) {',
    seeds: [],
  },
  {
    name: 'remove before ack',
    file: `${core}/delivery.ts`,
    line: 'this.#attempts.add(attempt);',
    becomes:
      "this.#attempts.add(attempt); await this.#parts.settler.acked(records, { rejected: [], retry: [] } as never, '');",
    seeds: [],
  },
  {
    name: 'remove first n instead of ids',
    file: `${core}/settler.ts`,
    line: 'const ending = endings[index];',
    becomes:
      'const ending = index < ack.accepted + ack.duplicates ? delivered : endings[ack.retry[0]?.index ?? ack.rejected[0]!.index];',
    seeds: [],
  },
  {
    name: 'seen-mark before the sinks ack',
    file: `${collector}/dedup/store-once.ts`,
    line: 'const outcomes = fresh.length === 0 ? [] : await this.#write(fresh);',
    becomes: 'await this.#seen.mark(fresh); const outcomes = await this.#write(fresh);',
    seeds: [],
  },
  {
    name: 'timeout is success',
    file: `${core}/answer.ts`,
    line: "if (outcome.kind === 'timeout') return { kind: 'failure', cause: 'timeout' };",
    becomes:
      "if (outcome.kind === 'timeout') return { kind: 'acked', ack: { batchId, region: '', epoch: 0, durable: [], accepted: eventCount, duplicates: 0, rejected: [], retry: [] } };",
    seeds: [],
  },
  {
    name: '429 is a refusal',
    file: `${core}/answer.ts`,
    line: 'const problem = parseProblem(body, status);',
    becomes:
      "if (status === 429) return { kind: 'refused', code: 'rate_limited' }; const problem = parseProblem(body, status);",
    seeds: [],
  },
  {
    name: 'a foreign 400 is a verdict',
    file: `${core}/answer.ts`,
    line: 'if (!problem) return { kind:',
    becomes:
      "if (!problem && status === 400) return { kind: 'refused', code: 'bad_request' }; if (!problem) return { kind:",
    seeds: [],
  },
  {
    name: 'a foreign 200 is an ack',
    file: `${core}/answer.ts`,
    line: "return ack ? { kind: 'acked', ack } : { kind: 'failure', cause: 'foreign answer 200' };",
    becomes:
      "return { kind: 'acked', ack: ack ?? { batchId, region: '', epoch: 0, durable: [], accepted: eventCount, duplicates: 0, rejected: [], retry: [] } };",
    seeds: [],
  },
  {
    name: 'an ack of another batch is believed',
    file: 'packages/protocol/src/ack.ts',
    line: 'ack.batchId === batchId &&',
    becomes: 'batchId !== undefined &&',
    seeds: [],
  },
  {
    name: 'the retry list is accepted',
    file: `${core}/settler.ts`,
    line: 'for (const { index } of ack.retry) endings[index] = undefined;',
    becomes: '',
    seeds: [],
  },
  {
    name: 'a new eventId on each retry',
    file: `${core}/delivery.ts`,
    line: 'events: records.map((record) => record.json),',
    becomes:
      "events: records.map((record) => (typeof record.json === 'string' ? record.json : new (globalThis as any).TextDecoder().decode(record.json)).replace(record.eventId, newId())),",
    seeds: [],
  },
  {
    name: 'idDay from receivedAt',
    file: 'packages/storage/src/duckdb/event-row.ts',
    line: 'idDay: idDay(eventId, timestamp),',
    becomes: 'idDay: new Date(line.receivedAtMs).toISOString().slice(0, 10),',
    seeds: [],
  },
  {
    name: 'batchId used for dedup',
    file: `${collector}/receive/accept-batch.ts`,
    line: "if (event.kind === 'valid') events.push(acceptedEvent(event, reception, optional));",
    becomes:
      "if (event.kind === 'valid') events.push({ ...acceptedEvent(event, reception, optional), eventId: batch.batchId ?? event.eventId });",
    seeds: [],
  },
  {
    name: 'a copy answered before the first one is stored',
    file: `${collector}/dedup/store-once.ts`,
    line: 'await claim.isReleased;',
    becomes: 'return duplicate;',
    seeds: [],
  },
  {
    name: 'ack file deleted before its segment',
    file: `${queue}/segment-remover.ts`,
    line: 'await this.#unlink(segment.path);',
    becomes: 'await this.#unlink(segment.ackPath); await this.#unlink(segment.path);',
    seeds: [],
  },
  {
    name: 'stored() resolved before the write',
    file: `${core}/intake.ts`,
    line: 'return this.#appended;',
    becomes: 'return Promise.resolve();',
    seeds: [],
  },
  {
    name: 'flush resolved before the attempt',
    file: `${core}/outcomes.ts`,
    line: 'if (this.report().pending <= this.#tried.size) this.#finish();',
    becomes: 'this.#finish();',
    seeds: [],
  },
  {
    name: 'age judged by the local clock',
    file: `${core}/server-time.ts`,
    line: 'if (nowMs === null) return false;',
    becomes: 'return this.#clock.nowMs() - (uuidV7Ms(record.eventId) ?? 0) > maxAgeMs;',
    seeds: [],
  },
  {
    name: 'refused event unreported',
    file: `${core}/intake.ts`,
    line: 'if (seq > 0) onDropped(outcomes.queueId, reason);',
    becomes: '',
    seeds: [],
  },
  {
    name: '200 before the sink',
    file: `${collector}/receive/receive-batch.ts`,
    line: 'const verdict = await this.#store(batch, reception);',
    becomes:
      'void this.#store(batch, reception); const verdict = batchVerdict(batch, batch.events.map(() => ({ kind: "stored" as const })));',
    seeds: [],
  },
  {
    name: 'batch dropped on poison',
    file: `${core}/delivery.ts`,
    line: 'plan.split(records);',
    becomes: 'for (const record of records) await settler.rejected(record, code, detail);',
    seeds: [],
  },
  {
    name: "one partition opens the cluster's breaker",
    file: `${collector}/sinks/kafka/partition-lane.ts`,
    line: 'this.breaker = new CircuitBreaker(partitionBreaker, () => ports.clock.monotonicMs());',
    becomes:
      'const shared = ports.shared as unknown as { breaker?: CircuitBreaker }; this.breaker = shared.breaker ??= new CircuitBreaker(partitionBreaker, () => ports.clock.monotonicMs());',
    seeds: [],
  },
  {
    name: 'no jitter',
    file: 'packages/protocol/src/backoff.ts',
    line: 'return fraction * Math.min(',
    becomes: 'return Math.ceil(fraction) * Math.min(',
    seeds: [],
  },
  {
    name: 'Retry-After ignored on 503',
    file: `${core}/answer.ts`,
    line: 'status === 429 || status === 503 ? retryAfterMs(',
    becomes: 'status === 429 ? retryAfterMs(',
    seeds: [],
  },
  {
    name: 'Retry-After as a date not understood',
    file: `${core}/answer.ts`,
    line: "const until = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;",
    becomes: 'const until = Number.NaN;',
    seeds: [],
  },
  {
    name: 'flush opens a Retry-After gate',
    file: `${core}/retry-gate.ts`,
    line: 'if (!this.isOrdered(nowMs)) this.#untilMs = 0;\n  }\n\n  state(',
    becomes: 'this.#untilMs = 0;\n  }\n\n  state(',
    seeds: [],
  },
  {
    name: 'a shed closes what it does not name',
    file: `${core}/delivery.ts`,
    line: 'const { priority } = attempt;',
    becomes: 'const { priority } = attempt.records[0]!;',
    seeds: [],
  },
  {
    name: 'an order that comes while a batch is read is not seen',
    file: `${core}/delivery.ts`,
    line: 'if (!maySend || endpoint.gate.opensAtMs(claimed, isProbe) > clock.monotonicMs()) {',
    becomes: 'if (!maySend) {',
    seeds: [],
  },
  {
    name: 'an empty priority forgets the wait of the others',
    file: `${core}/delivery.ts`,
    line: 'if (plan.isWaiting(priority)) nextMs = Math.min(nextMs, clientLimits.storeRetryBaseMs);',
    becomes: 'if (plan.isWaiting(priority)) nextMs = 0; else return false;',
    seeds: [],
  },
  {
    name: 'Kafka answer not looked at',
    file: `${collector}/sinks/kafka/partition-lane.ts`,
    line: 'const isStored = isConfirmed(result, this.#partition);',
    becomes: "const isStored = result.kind === 'answered';",
    seeds: [],
  },
  {
    name: 'two sends at once to a partition',
    file: `${collector}/sinks/kafka/partition-lane.ts`,
    line: 'this.#run ??= this.#sendAll();',
    becomes: 'this.#run = this.#sendAll();',
    seeds: [],
  },
  {
    name: 'an expired write counts as stored',
    file: `${collector}/sinks/kafka/write-ticket.ts`,
    line: "const late: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };",
    becomes: "const late: SinkOutcome = { kind: 'stored' };",
    seeds: [],
  },
  {
    name: 'an owner that lost its folder goes on in it',
    file: `${queue}/file-event-store.ts`,
    line: 'if (!this.#keeper.leaveIfGone()) return extents;',
    becomes: 'return extents;',
    seeds: [],
  },
  {
    name: 'a folder that could not be made is not tried again',
    file: `${queue}/home-keeper.ts`,
    line: 'const home = isReleased ? this.#home : this.open();',
    becomes: 'const home = this.#home;',
    seeds: [],
  },
  {
    name: 'segment retired before the manifest swap',
    file: 'packages/storage/src/archive/archiver.ts',
    line: 'await this.#manifests.replace(next);',
    becomes:
      'for (const name of segments) await this.#parts.segments.deleteSegment(name); await this.#manifests.replace(next);',
    seeds: [],
  },
  {
    name: 'archived files not synced',
    file: 'packages/storage/src/archive/archiver.ts',
    line: 'await file.datasync();',
    becomes: '',
    seeds: [],
  },
  {
    name: 'the manifest swap not made durable',
    file: 'packages/server-core/src/disk/durable-file.ts',
    line: 'await disk.rename(temporary, path);\n  await disk.syncFolder(dirname(path));',
    becomes: 'await disk.rename(temporary, path);',
    seeds: [],
  },
  {
    name: 'the file sink acks before fdatasync',
    file: `${collector}/sinks/file/segment-log.ts`,
    line: 'await this.#file.datasync();',
    becomes: '',
    seeds: [],
  },
  {
    name: 'verdicts written to memory alone',
    file: `${queue}/queue-section.ts`,
    line: 'segment.writeAcks(this.#parts.fileSystem, ordinals);',
    becomes: 'void ordinals;',
    seeds: [],
  },
  {
    name: 'a full tail forgets what it did not take',
    file: `${queue}/waiting-records.ts`,
    line: 'this.addUnread(file.segment);',
    becomes: '',
    seeds: [],
  },
  {
    name: 'what the tail holds is read back, too',
    file: `${queue}/waiting-records.ts`,
    line: 'file.segment.passOver(end, firstOrdinal + records.length);',
    becomes: '',
    seeds: [],
  },
  {
    name: 'rejected before its dead letter is kept',
    file: `${collector}/receive/accept-batch.ts`,
    line: "if (letter?.kind === 'retry') retry",
    becomes: "if (letter?.code === 'never') retry",
    seeds: [37],
  },
  {
    name: 'lost at shutdown, and reported as pending',
    file: `${core}/client-core.ts`,
    line: "for (const { queueId, seq } of records) this.outcomes.settled(queueId, seq, 'dropped');",
    becomes: '',
    seeds: [],
  },
];
