// @vitest-environment node
import { expect, it } from 'vitest';
import { browserClock } from './browser-clock.js';

const activeTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');

it('lets a server that renders pages end while something waits, but not while a caller does', () => {
  const before = activeTimers().length;
  const cancelRetry = browserClock.schedule(60_000, () => {});
  expect(activeTimers()).toHaveLength(before);
  const cancelFlush = browserClock.schedule(60_000, () => {}, true);
  expect(activeTimers()).toHaveLength(before + 1);
  cancelRetry();
  cancelFlush();
  expect(activeTimers()).toHaveLength(before);
});
