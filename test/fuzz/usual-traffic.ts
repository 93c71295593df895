/** What a collector has taken on a usual day before anybody is hostile: sound events, many. */
import { writeKeys } from './collector-under-test.js';
import { KeepAliveLane } from './keep-alive-lane.js';

const batchEvents = 100;
const lanes = 8;
const answerTimeoutMs = 20_000;

/** A pure function of its number, so that what is stored can be compared. */
export function usualEvent(number: number): string {
  const id = `018f0000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  return (
    `{"type":"track","eventId":"${id}","timestamp":"2026-11-23T10:00:00.000Z",` +
    `"userId":"u-${number % 1_000}","event":"Order Completed","properties":{"total":${number}},` +
    `"queue":{"id":"018f0000-0000-7000-9000-${String(number % 1_000).padStart(12, '0')}",` +
    `"seq":${number + 1}}}`
  );
}

/** Sends so many events, rounded up to whole batches; resolves with how many were not acked. */
export async function sendUsual(port: number, count: number): Promise<number> {
  let next = 0;
  let missing = 0;
  const work = async (lane: KeepAliveLane) => {
    while (next < count) {
      const first = next;
      next += batchEvents;
      const exchange = await lane.exchange([batch(first)]);
      const isAcked =
        exchange.kind === 'answered' && exchange.answer.body.includes(`"accepted":${batchEvents},`);
      if (!isAcked) missing += batchEvents;
    }
    lane.close();
  };
  await Promise.all(
    Array.from({ length: lanes }, () => work(new KeepAliveLane(port, answerTimeoutMs))),
  );
  return missing;
}

function batch(first: number): Buffer {
  const events = Array.from({ length: batchEvents }, (_, i) => usualEvent(first + i));
  const body = `{"events":[${events.join(',')}]}`;
  return Buffer.from(
    `POST /v1/events HTTP/1.1\r\nHost: collector\r\nAuthorization: Bearer ${writeKeys.usual}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
