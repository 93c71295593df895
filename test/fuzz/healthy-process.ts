/**
 * A tenant that does nothing wrong, as a process of its own: batches at a fixed rate, whatever
 * becomes of the ones before. Each answer is timed from the moment at which its batch was due, so
 * that a stall counts for all whom it held up. Started by `fuzz-run.ts`.
 */
import { parseAck } from '@holdfast/protocol';
import { type HealthyReport, healthyBatchEvents, healthyEvent } from './healthy-tenant.js';
import { KeepAliveLane } from './keep-alive-lane.js';

const intervalMs = 50;
const answerTimeoutMs = 20_000;

const [port = '', key = ''] = process.argv.slice(2);
const idle: KeepAliveLane[] = [];
let batches = 0;
let acked = 0;
let latenciesMs: number[] = [];
let refusals: string[] = [];
let underWay = 0;
let isStopping = false;

const dueMs = performance.now();
let sent = 0;
const timer = setInterval(() => {
  while (!isStopping && dueMs + sent * intervalMs <= performance.now()) void send(sent++);
}, intervalMs / 5);

process.on('message', (question) => {
  if (question === 'stop') isStopping = true;
  void whenAnswered().then(() => process.send?.(report()));
});
process.on('disconnect', () => process.exit());

async function send(number: number): Promise<void> {
  underWay++;
  const lane = idle.pop() ?? new KeepAliveLane(Number(port), answerTimeoutMs);
  const exchange = await lane.exchange([request(number)]);
  latenciesMs.push(performance.now() - (dueMs + number * intervalMs));
  idle.push(lane);
  batches++;
  underWay--;
  if (exchange.kind !== 'answered') refusals.push(`batch ${number}: ${exchange.kind}`);
  else {
    const { status, body } = exchange.answer;
    const ack = parseAck(body.toString(), `healthy-${number}`, healthyBatchEvents);
    if (status === 200 && ack?.accepted === healthyBatchEvents) acked++;
    else refusals.push(`batch ${number}: ${status} ${body.toString().slice(0, 200)}`);
  }
}

function request(number: number): Buffer {
  const events = Array.from({ length: healthyBatchEvents }, (_, i) => healthyEvent(number, i));
  const body = `{"batchId":"healthy-${number}","events":[${events.join(',')}]}`;
  return Buffer.from(
    `POST /v1/events HTTP/1.1\r\nHost: collector\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** When stopping, once the last is answered; the timeout of each bounds it. */
async function whenAnswered(): Promise<void> {
  while (isStopping && underWay > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  if (isStopping) clearInterval(timer);
}

function report(): HealthyReport {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const now = { batches, acked, refusals, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  latenciesMs = [];
  refusals = [];
  batches = 0;
  acked = 0;
  return now;
}
