/**
 * The checker, after Jepsen's total queue with unique ids: compares what clients tracked and were
 * told, what Kafka told the collectors, and what an independent client reads from the topic.
 */
import type { Ack, Exchange } from './http-history.js';
import type { Receipt } from './receipt-log.js';
import type { TopicRecord } from './topic-reader.js';

/** A time in which too few brokers ran for Kafka to ack anything. */
export interface DeadTime {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface History {
  /** Every tracked event with the digest of its bytes. */
  readonly tracked: ReadonlyMap<string, string>;
  /** What the SDK said of them. */
  readonly delivered: ReadonlySet<string>;
  readonly rejected: ReadonlySet<string>;
  /** What the wire said. */
  readonly acks: readonly Ack[];
  readonly exchanges: readonly Exchange[];
  /** What Kafka said. */
  readonly receipts: readonly Receipt[];
  readonly deadTimes: readonly DeadTime[];
  /** What is there. */
  readonly records: readonly TopicRecord[];
  /** Events in the topic of dead letters. */
  readonly deadLetters: ReadonlySet<string>;
}

/** Each promise that a history can break; what broke it, one text a case. */
export interface Findings {
  /** Acked, and not in the topic. */
  readonly lost: string[];
  /** Confirmed by Kafka, and not where Kafka said. */
  readonly misplaced: string[];
  /** In the topic, and never tracked. */
  readonly untracked: string[];
  /** In the topic with other bytes than were tracked, or under another name. */
  readonly altered: string[];
  /** Still more than one after deduplication. */
  readonly countedTwice: string[];
  /** Refused for good, and in the topic; or refused and not kept as a dead letter. */
  readonly refused: string[];
  /** Acked by a collector that had no confirmation from Kafka. */
  readonly ackedEarly: string[];
  /** Accepted while too few brokers ran to store anything. */
  readonly ackedDead: string[];
  /** The SDK says delivered, and no collector acked it. */
  readonly invented: string[];
  /** Tracked, and neither delivered nor refused at the end. */
  readonly undelivered: string[];
}

export function checkHistory(history: History): Findings {
  const acked = new Set(history.acks.flatMap(({ events }) => events));
  const present = new Set(history.records.map(({ event }) => event));
  const { tracked, delivered, rejected } = history;
  return {
    lost: [...acked].filter((event) => !present.has(event)),
    misplaced: misplaced(history),
    untracked: [...present].filter((event) => !tracked.has(event)),
    altered: altered(history),
    countedTwice: countedTwice(history.records),
    refused: [...rejected].filter((e) => present.has(e) || !history.deadLetters.has(e)),
    ackedEarly: ackedEarly(history),
    ackedDead: ackedDead(history),
    invented: [...delivered].filter((event) => !acked.has(event)),
    undelivered: [...tracked.keys()].filter((e) => !delivered.has(e) && !rejected.has(e)),
  };
}

function misplaced({ receipts, records }: History): string[] {
  const places = new Map(records.map((record) => [place(record), record.event]));
  return receipts
    .filter((receipt) => places.get(place(receipt)) !== receipt.event)
    .map((receipt) => `${receipt.event} at ${place(receipt)}`);
}

const place = ({ partition, offset }: { partition: number; offset: number }): string =>
  `${partition}:${offset}`;

function altered({ records, tracked }: History): string[] {
  return records
    .filter(({ event, digest, isNamedRight }) => {
      const expected = tracked.get(event);
      return !isNamedRight || (expected !== undefined && expected !== digest);
    })
    .map((record) => `${record.event} at ${place(record)}`);
}

function countedTwice(records: readonly TopicRecord[]): string[] {
  const keys = new Map<string, string>();
  const twice = new Set<string>();
  for (const { event, dedupKey } of records) {
    if ((keys.get(event) ?? dedupKey) !== dedupKey) twice.add(event);
    keys.set(event, dedupKey);
  }
  return [...twice];
}

/** What a process acks it must have had confirmed itself: what it remembers ends with it. */
function ackedEarly({ receipts, acks }: History): string[] {
  const earliest = new Map<string, number>();
  for (const { collector, event, atMs } of receipts) {
    const key = `${collector} ${event}`;
    earliest.set(key, Math.min(atMs, earliest.get(key) ?? atMs));
  }
  return acks.flatMap(({ collector, atMs, events }) =>
    events.filter((event) => !((earliest.get(`${collector} ${event}`) ?? Infinity) <= atMs)),
  );
}

/** An answer to a request that began and ended while nothing could be stored. */
function ackedDead({ exchanges, deadTimes }: History): string[] {
  return exchanges
    .filter(({ accepted }) => accepted > 0)
    .filter((exchange) => deadTimes.some((time) => isWithin(exchange, time)))
    .map(({ collector, accepted }) => `${accepted} by collector ${collector}`);
}

export function isWithin(exchange: Exchange, { fromMs, toMs }: DeadTime): boolean {
  return exchange.sentAtMs >= fromMs && exchange.endedAtMs <= toMs;
}
