/**
 * What the simulation claims to inject, and how often each must have happened at the least in the
 * default run. A kind that fired less makes the command fail: what never happens proves nothing.
 */
export const faultKinds = {
  requestLost: 'a request never reaches the collector',
  responseLost: 'the collector answers, nobody hears it',
  connectionReset: 'the connection breaks while the collector works',
  duplicateDelivery: 'a request arrives twice',
  lateDelivery: 'a copy of a request arrives 20 s late',
  commitThenTimeout: 'stored, and answered after the client gave up',
  truncatedAnswer: 'an answer is cut off',
  foreignAnswer: 'a captive portal or a proxy answers',
  foreignWaitOrder: 'a proxy answers 429 or 503 with Retry-After',
  foreignWaitBare: 'a proxy answers 429 or 503 without Retry-After',
  retryAfterSeconds: 'an order to wait, in seconds',
  retryAfterDate: 'an order to wait, as a date',
  staleAck: 'an ack of another batch',
  batchRefused: 'a 413 of our own code for a whole batch',
  rateLimited: 'our 429',
  shed: 'our 503 for one priority',
  draining: 'our 503 while a collector drains',
  sinkUnavailable: 'our 503 because the sink takes nothing',
  keyRefused: 'our 401 while the write key is unknown',
  metadataAway: 'the keeper of write keys is away',
  collectorCrash: 'a collector dies',
  collectorKilledInsideCall: 'a collector dies in the middle of a call to its disk',
  dedupMemoryLost: 'what a collector has seen is forgotten',
  kafkaOutage: 'all brokers are away',
  longKafkaOutage: 'all brokers are away for an hour or more',
  partitionDown: 'one partition has no leader',
  leaderMove: 'a leader moves and records without copies are lost',
  kafkaTimeoutAfterCommit: 'Kafka stores and does not say so',
  kafkaAmbiguous: 'Kafka says something that confirms nothing',
  kafkaNotEnoughReplicas: 'too few replicas in sync',
  kafkaDuplicate: 'Kafka has a record twice',
  clientKill: 'a client process dies',
  killInsideWrite: 'a client dies in the middle of a call to the file system',
  powerLoss: 'the power of a machine fails',
  failedFsync: 'fdatasync fails once, and its pages are gone',
  lyingFsync: 'fdatasync says yes and does nothing',
  diskFull: 'ENOSPC',
  shortWrite: 'a write takes only a part',
  diskError: 'EIO',
  clockJumpForward: 'a wall clock jumps ahead by months or years',
  clockJumpBack: 'a wall clock jumps back by months or years',
  holderFrozen: 'the tab that sends is frozen',
  holderKilled: 'the tab that sends is killed',
  tabKill: 'a tab is killed',
  quotaExceeded: 'IndexedDB has no room',
  connectionDropped: 'the browser drops a connection to IndexedDB',
  folderAdopted: 'a queue folder changes its owner',
  adoptionRace: 'two processes want the same folder',
  ownerPaused: 'an owner stands still and wakes up',
  failover: 'a client turns to its second endpoint',
} as const;

export type FaultKind = keyof typeof faultKinds;

export class FaultCounts {
  readonly #counts: Partial<Record<FaultKind, number>> = {};

  add(kind: FaultKind, count = 1): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + count;
  }

  of(kind: FaultKind): number {
    return this.#counts[kind] ?? 0;
  }

  all(): Partial<Record<FaultKind, number>> {
    return this.#counts;
  }
}
