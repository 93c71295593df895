import { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';

/** A virtual clock whose time passes by itself whenever somebody waits, for suites that own none.
 *  Timers of a second and more are timeouts there: they never come. */
export class HastyClock extends VirtualClock {
  override schedule(delayMs: number, callback: () => void): () => void {
    const cancel = super.schedule(delayMs, callback);
    if (delayMs < 1_000) setImmediate(() => void this.advance(delayMs));
    return cancel;
  }
}
