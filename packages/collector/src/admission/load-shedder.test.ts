import type { Priority } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { loadLimits } from '../limits.js';
import { LoadShedder } from './load-shedder.js';
import { LoopDelay } from './loop-delay.js';

const priorities: Priority[] = ['low', 'normal', 'critical'];

function shedderUnder({ loopDelayMs = 0, sinkLatencyMs = 0 }): LoadShedder {
  return new LoadShedder({
    loop: { delayMs: loopDelayMs },
    sinks: { latencyMs: sinkLatencyMs },
  });
}

const taken = (shedder: LoadShedder) =>
  priorities.filter((priority) => shedder.admit(priority, 1) !== undefined);

describe('LoadShedder', () => {
  it.each<[number, Priority[]]>([
    [0, ['low', 'normal', 'critical']],
    [0.69, ['low', 'normal', 'critical']],
    [0.71, ['normal', 'critical']],
    [0.86, ['critical']],
    [0.96, []],
  ])('at a pressure of %d takes %j', (pressure, expected) => {
    const loopDelayMs = pressure * loadLimits.maxLoopDelayMs;
    const sinkLatencyMs = pressure * loadLimits.maxSinkLatencyMs;
    expect(taken(shedderUnder({ loopDelayMs }))).toEqual(expected);
    expect(taken(shedderUnder({ sinkLatencyMs }))).toEqual(expected);
    const shedder = shedderUnder({});
    shedder.admit('critical', pressure * loadLimits.maxBytesInFlight);
    // What fills the bytes is of another priority, so it earns low its share.
    const withoutCredit = taken(shedder).filter((name) => name !== 'low' || pressure < 0.7);
    expect(withoutCredit).toEqual(expected);
  });

  it('keeps count of the bytes in flight, through every change and release', () => {
    const shedder = shedderUnder({});
    const tickets = [100, 200, 300].map((bytes) => shedder.admit('normal', bytes)!);
    tickets[0]!.resize(1_000);
    expect(shedder.bytesInFlight).toBe(1_500);
    for (const ticket of tickets) ticket.release();
    expect(shedder.bytesInFlight).toBe(0);
  });

  it('takes nothing beyond the bytes that it may hold, whatever the priority', () => {
    const shedder = shedderUnder({});
    shedder.admit('normal', loadLimits.maxBytesInFlight * 0.6);
    expect(shedder.admit('critical', loadLimits.maxBytesInFlight * 0.41)).toBeUndefined();
    expect(shedder.admit('critical', loadLimits.maxBytesInFlight * 0.4)).toBeDefined();
  });

  it('leaves low at least a twentieth of what is taken while it is shed', () => {
    const shedder = shedderUnder({ loopDelayMs: 0.8 * loadLimits.maxLoopDelayMs });
    const bytes = { low: 0, others: 0 };
    for (let i = 0; i < 10_000; i++) {
      const size = 1_000 + ((i * 7_919) % 50_000);
      const isLow = i % 2 === 0;
      const ticket = shedder.admit(isLow ? 'low' : 'normal', size);
      ticket?.release();
      if (ticket !== undefined) bytes[isLow ? 'low' : 'others'] += size;
    }
    const share = bytes.low / (bytes.low + bytes.others);
    expect(share).toBeGreaterThan(0.049);
    expect(share).toBeLessThan(0.06);
  });
});

describe('LoopDelay', () => {
  it('sees a loop that is late again and again, and soon after that it is not', () => {
    const clock = new FakeClock();
    const loop = new LoopDelay(clock);
    loop.start();
    clock.advance(loadLimits.loopSampleMs * 10);
    expect(loop.delayMs).toBe(0);
    for (let i = 0; i < 10; i++) {
      clock.block(1_000);
      clock.advance(0);
    }
    expect(loop.delayMs).toBeGreaterThan(loadLimits.maxLoopDelayMs * loadLimits.shedLowAt);
    clock.advance(3_000);
    expect(loop.delayMs).toBeLessThan(5);
    loop.stop();
    expect(clock.timerCount).toBe(0);
  });

  it('takes one stall, however long, for no overload', () => {
    const clock = new FakeClock();
    const loop = new LoopDelay(clock);
    loop.start();
    clock.block(60_000);
    clock.advance(0);
    expect(loop.delayMs).toBeGreaterThan(0);
    expect(loop.delayMs).toBeLessThan(loadLimits.maxLoopDelayMs * loadLimits.shedLowAt);
    loop.stop();
  });
});
