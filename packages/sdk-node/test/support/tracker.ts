/**
 * An app with a client, for tests that end it in all ways. Its options come as JSON in the first
 * argument, its job in the second, a number of events in the third. Prints eventIds, a line each.
 */
import { type AnalyticsOptions, createAnalytics } from '../../src/index.js';

const [optionsJson = '{}', job = '', count = '0'] = process.argv.slice(2);
const analytics = createAnalytics(JSON.parse(optionsJson) as AnalyticsOptions);
analytics.on('error', (error) => console.error(error.code, error.message));

function trackSome(some: number): string[] {
  return Array.from({ length: some }, (_, n) =>
    analytics.track({ userId: `u-${n}`, event: 'Tested', properties: { n, text: 'é€😀' } }),
  );
}

function print(eventIds: readonly string[]): void {
  process.stdout.write(eventIds.map((id) => `${id}\n`).join(''));
}

const stayAlive = () => setInterval(() => {}, 1_000);

const jobs: Record<string, () => Promise<void> | void> = {
  /** Tracks for ever, printing what is stored, until it is killed. */
  async track() {
    for (;;) {
      const eventIds = trackSome(Number(count));
      await analytics.stored();
      print(eventIds);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  /** Delivers what it finds, and prints it. */
  deliver() {
    stayAlive();
    analytics.on('delivered', ({ eventIds }) => print(eventIds));
  },
  /** Exits in the turn in which it tracked. */
  exit() {
    print(trackSome(Number(count)));
    process.exit(0);
  },
  /** Dies of an exception in the turn in which it tracked. */
  throw() {
    print(trackSome(Number(count)));
    throw new Error('the app is broken');
  },
  /** Has nothing more to do. */
  end() {
    print(trackSome(Number(count)));
  },
  /** Tracks once more when it exits, behind the client's own listener. */
  exitListener() {
    process.on('exit', () => print(trackSome(Number(count))));
    process.exit(0);
  },
  /** Tracks in a timer while nothing else goes on; says what came first. */
  idleTimer() {
    setTimeout(() => {
      analytics.on('stored', () => print(['stored']));
      setTimeout(() => print(['the next timer']), 250);
      trackSome(Number(count));
    }, 200);
  },
  /** Waits for a signal. */
  async wait() {
    stayAlive();
    const eventIds = trackSome(Number(count));
    await analytics.stored();
    print(eventIds);
  },
  /** Waits for a signal to which the app listens itself. */
  listen() {
    stayAlive();
    process.on('SIGTERM', () => void analytics.stored().then(() => process.exit(7)));
    print(trackSome(Number(count)));
  },
  /** Delivers, then has nothing more to do, with its connections still open. */
  async flush() {
    print(trackSome(Number(count)));
    const { delivered, pending } = await analytics.flush();
    print([`delivered ${delivered} pending ${pending}`]);
  },
  async shutdown() {
    print(trackSome(Number(count)));
    const { delivered, pending } = await analytics.shutdown({ timeoutMs: 5_000 });
    print([`delivered ${delivered} pending ${pending}`]);
  },
};
await jobs[job]!();
