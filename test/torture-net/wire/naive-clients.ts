/**
 * Clients of the usual kind, on the same faults: a run in which these lose nothing and count
 * nothing twice would prove nothing about ours.
 */
import { SeededRandom } from '../../support/seeded-random.js';
import { TcpProxy } from './tcp-proxy.js';
import type { WatchedSink } from './watched-sink.js';
import type { WireFault } from './wire-fault.js';

export interface NaiveFigures {
  /** Sent once, and given up or believed to be delivered. */
  readonly lost: number;
  /** Sent again after a failure, as another event. */
  readonly twice: number;
}

const patienceMs = 3_000;

export async function runNaiveClients(
  collectorPort: number,
  sink: WatchedSink,
  faults: readonly WireFault[],
): Promise<NaiveFigures> {
  const outcomes = await Promise.all(
    faults.map((fault, n) => sendNaively(collectorPort, sink, fault, n)),
  );
  return {
    lost: outcomes.filter((copies) => copies[0] === false).length,
    twice: outcomes.filter((copies) => copies.every(Boolean) && copies.length > 1).length,
  };
}

/** Which of its attempts, each with an eventId of its own, was stored. */
async function sendNaively(
  collectorPort: number,
  sink: WatchedSink,
  fault: WireFault,
  n: number,
): Promise<boolean[]> {
  const proxy = await TcpProxy.start(collectorPort, [fault]);
  const eventIds = [`naive-${n}-first`, `naive-${n}-again`];
  try {
    if (await post(proxy.port, eventIds[0]!)) eventIds.pop();
    else await post(proxy.port, eventIds[1]!);
  } finally {
    await proxy.stop();
  }
  return eventIds.map((eventId) => sink.stored.has(eventId));
}

/** Whether it believes that the event is delivered: any status will do that says so. */
async function post(port: number, eventId: string): Promise<boolean> {
  const random = new SeededRandom(port);
  const text = Array.from({ length: 300 }, () => Math.floor(random.fraction() * 10)).join('');
  const event = { type: 'track', eventId, userId: 'ada', event: 'Sent', properties: { text } };
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer net-key', 'content-type': 'application/json' },
      body: JSON.stringify({ events: [{ ...event, timestamp: '2026-11-01T00:00:00Z' }] }),
      signal: AbortSignal.timeout(patienceMs),
    });
    await response.text();
    return response.ok;
  } catch {
    // What a client that gives up takes for the end of the story.
    return false;
  }
}
