/**
 * The collector's own program with a probe beside it: asked over IPC, it says how late the event
 * loop was. Bundled and run by `collector-under-test.ts`.
 */
import type { LoopDelayReport } from './loop-delay-report.js';

const periodMs = 10;
const longestMs = 60_000;
/** How often the loop was so many ms late. */
let counts = new Uint32Array(longestMs + 1);
let dueMs = performance.now() + periodMs;

setInterval(() => {
  const lateMs = Math.max(0, performance.now() - dueMs);
  dueMs = performance.now() + periodMs;
  // A stall held up all who came meanwhile, the last of them for a moment: each counts.
  for (let ms = Math.min(longestMs, lateMs); ms >= 0; ms -= periodMs) counts[Math.floor(ms)]!++;
}, periodMs).unref();

process.on('message', (question) => {
  if (question === 'reset') counts = new Uint32Array(longestMs + 1);
  process.send?.(report());
});
// Whoever asked is gone: nobody would end this process.
process.on('disconnect', () => process.exit(1));

function report(): LoopDelayReport {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let p99Ms = 0;
  for (let seen = counts[0]!; seen < total * 0.99; seen += counts[p99Ms]!) p99Ms++;
  return { p99Ms, maxMs: counts.findLastIndex((count) => count > 0), samples: total };
}

await import('../../packages/collector/src/cli.js');
