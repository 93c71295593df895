/** The page: tracks with the SDK, asks the server once a second, and shows whether both agree. */
import type { AnalyticsEvent } from '@holdfast/protocol';
import { type Balance, balance } from './balance.js';
import { curlLine } from './curl-line.js';
import { pageLimits } from './limits.js';
import { OwnQueues } from './own-queues.js';
import { monotonicMs, nowMs } from './page-clock.js';
import { pendingRows } from './pending-rows.js';
import { type Overview, overview, sendCopy, takeSinkDown } from './server.js';
import {
  count,
  element,
  say,
  sayStatus,
  showBalance,
  showLatest,
  showRejections,
  showTop,
} from './view.js';

declare const Holdfast: typeof import('@holdfast/sdk-browser');

const writeKey = 'dev';
const { pollMs, settlingMs, sinkDownSeconds, maxWaitingCopies } = pageLimits;
/** What a click on Track 1,000 tracks: of twenty events so many of each name. */
const shopEvents = [
  ...Array<string>(11).fill('Product Viewed'),
  ...Array<string>(5).fill('Product Added'),
  ...Array<string>(3).fill('Checkout Started'),
  'Order Completed',
];

const own = new OwnQueues(localStorage, nowMs());
const waitingCopies: AnalyticsEvent[] = [];
let isNextBad = false;
let last: AnalyticsEvent | undefined;
let known: Overview | undefined;
let wasDown = false;
let sinkUpAtMs = 0;
let offSinceMs: number | undefined;
let outrunSinceMs: number | undefined;

const analytics = Holdfast.createAnalytics({
  writeKey,
  endpoint: location.origin,
  flushIntervalMs: 200,
  maxBatchEvents: 500,
  beforeStore: (event) => {
    if (event.queue) own.tracked(event.queue.id, event.queue.seq);
    last = event;
    return isNextBad ? { ...event, timestamp: 'yesterday' } : event;
  },
});

analytics.on('dropped', ({ count: events }) => own.dropped(events));
analytics.on('error', ({ message }) => say('said', message));
let isWaiting = false;
analytics.on('retrying', ({ afterMs }) => {
  isWaiting = true;
  const seconds = (afterMs / 1_000).toFixed(1);
  say('said', `Not delivered: the collector cannot take it now; next attempt in ${seconds} s.`);
});
analytics.on('delivered', () => {
  if (isWaiting) say('said', 'Delivered.');
  isWaiting = false;
});

element('track').addEventListener('click', () => {
  const startedMs = monotonicMs();
  for (let n = 0; n < 1_000; n++) {
    analytics.track(shopEvents[n % shopEvents.length]!, { n, currency: 'EUR' });
  }
  const tookMs = (monotonicMs() - startedMs).toFixed(0);
  say('said', `1,000 events tracked in ${tookMs} ms; they are on disk before they are sent.`);
  void show();
});

element('twice').addEventListener('click', () => {
  const eventId = analytics.track('Sent Twice', {});
  if (last && waitingCopies.length < maxWaitingCopies) waitingCopies.push(last);
  say('said', `One event is sent twice with the eventId ${eventId}; it is counted once.`);
  void show();
});

element('bad').addEventListener('click', () => {
  isNextBad = true;
  analytics.track('Bad Timestamp', {});
  isNextBad = false;
  say('said', 'An event with the timestamp "yesterday": the collector refuses it, with a reason.');
  void show();
});

element('sink').addEventListener('click', async () => {
  if (await takeSinkDown(sinkDownSeconds)) sinkUpAtMs = nowMs() + sinkDownSeconds * 1_000;
  const text =
    'The sink is down: the collector answers 503 with Retry-After, the browser keeps all.';
  say('said', sinkUpAtMs > nowMs() ? text : 'The collector is down: its sink cannot be switched.');
  showStatus(undefined);
});

element('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(curlLine(location.origin));
  say('copy', 'Copied');
  setTimeout(() => say('copy', 'Copy'), 1_500);
});

element('forget').addEventListener('click', () => {
  own.forget();
  say('said', 'The queues of earlier visits are forgotten; what they sent stays counted.');
  void show();
});

/** Takes a sample and shows it. */
async function show(): Promise<void> {
  const counts = own.all();
  const copies = [...waitingCopies];
  await analytics.stored();
  const rows = await pendingRows(`holdfast:${writeKey}`);
  const answer = await overview([...counts.keys()]);
  known = answer ?? known;
  // What waits in a backoff need not wait any longer; a Retry-After is obeyed all the same.
  if (answer && wasDown) void analytics.flush();
  wasDown = answer === undefined;
  const sum = balance(counts, rows, known?.ledger ?? { queues: [] });
  showSum(sum);
  showStatus(sum.pending);
  if (answer) {
    showAnswer(answer);
    const pending = new Set(rows.map(({ queueId, seq }) => `${queueId} ${seq}`));
    await sendCopies(copies.filter(({ queue }) => !pending.has(`${queue?.id} ${queue?.seq}`)));
  }
}

function showSum(sum: Balance): void {
  outrunSinceMs = sum.outrun.length === 0 ? undefined : (outrunSinceMs ?? nowMs());
  // The next sample will be whole, unless a crash took a count for good.
  if (outrunSinceMs !== undefined && nowMs() - outrunSinceMs < settlingMs) return;
  showBalance(sum);
  offSinceMs = sum.difference === 0 ? undefined : (offSinceMs ?? nowMs());
  if (sum.tracked === 0) sayStatus('verdict', 'nothing tracked yet', '');
  else if (sum.difference === 0) sayStatus('verdict', 'adds up ✓', 'good');
  else if (nowMs() - offSinceMs! < settlingMs) sayStatus('verdict', 'settling …', '');
  else sayStatus('verdict', `off by ${count(sum.difference)} ✗`, 'bad');
}

let shownPending = 0;

function showStatus(pending: number | undefined): void {
  shownPending = pending ?? shownPending;
  const waiting = shownPending > 0 ? `, ${count(shownPending)} waiting` : '';
  const sinkDownS = Math.ceil((sinkUpAtMs - nowMs()) / 1_000);
  if (wasDown) sayStatus('status', `collector is down${waiting}`, 'bad');
  else if (sinkDownS > 0) sayStatus('status', `sink is down for ${sinkDownS} s${waiting}`, '');
  else sayStatus('status', `collector is up${waiting}`, 'good');
  (element('sink') as HTMLButtonElement).disabled = wasDown || sinkDownS > 0;
}

function showAnswer({ ledger, top, latest, rejections }: Overview): void {
  showTop(top);
  showLatest(latest);
  showRejections(rejections);
  const { totals, everyQueue, withoutQueue, storedCopies } = ledger;
  const copies = own.copies();
  say('copies', `${count(copies + storedCopies)} (${count(copies)} at the door)`);
  const counted = everyQueue.counted - totals.counted + withoutQueue.counted;
  const rejected = everyQueue.rejected - totals.rejected + withoutQueue.rejected;
  say('others', `${count(counted)} counted, ${count(rejected)} rejected`);
}

/** Sends copies whose originals have left the queue, so that they are surely the copies. */
async function sendCopies(copies: readonly AnalyticsEvent[]): Promise<void> {
  for (const event of copies) {
    const at = waitingCopies.indexOf(event);
    // Another sample, taken at the same time, is sending it.
    if (at < 0) continue;
    waitingCopies.splice(at, 1);
    const duplicates = await sendCopy(event);
    if (duplicates === undefined) waitingCopies.push(event);
    else own.copyDiscarded(duplicates);
  }
}

/** One sample at a time, one a second, and no more than half of the time where it takes long. */
async function poll(): Promise<void> {
  const startedMs = nowMs();
  try {
    await show();
  } catch (error) {
    say('said', `This page failed: ${String(error)}`);
  }
  setTimeout(() => void poll(), Math.max(pollMs, nowMs() - startedMs));
}

say('curl', curlLine(location.origin));
void poll();
