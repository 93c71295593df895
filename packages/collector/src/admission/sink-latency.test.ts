import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { SinkLatency } from './sink-latency.js';

/** Writes that end when a test says so, the oldest first. */
function measured() {
  const clock = new FakeClock();
  const latency = new SinkLatency(clock);
  const ends: (() => void)[] = [];
  const begin = (count: number) => {
    for (let n = 0; n < count; n++) {
      void latency.measure(() => new Promise<void>((resolve) => ends.push(resolve)));
    }
  };
  const finish = async (count: number) => {
    for (const end of ends.splice(0, count)) end();
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** One write after the other ends, each after so many ms. */
  const finishEach = async (count: number, ms: number) => {
    for (let n = 0; n < count; n++) {
      clock.advance(ms);
      await finish(1);
    }
  };
  return { clock, latency, begin, finish, finishEach };
}

describe('SinkLatency', () => {
  it('says how long a sink hangs, and nothing once it is through', async () => {
    const { clock, latency, begin, finish } = measured();
    begin(3);
    clock.advance(4_000);
    expect(latency.latencyMs).toBe(4_000);
    await finish(3);
    expect(latency.latencyMs).toBe(0);
    clock.advance(60_000);
    begin(1);
    expect(latency.latencyMs).toBe(0);
  });

  it('sees that a sink hangs which was fast before', async () => {
    const { clock, latency, begin, finishEach } = measured();
    begin(200);
    await finishEach(100, 1);
    clock.advance(5_000);
    expect(latency.latencyMs).toBeGreaterThanOrEqual(5_000);
  });

  it('expects what is under way to take as long as at the pace of late', async () => {
    const { latency, begin, finishEach } = measured();
    begin(1_000);
    await finishEach(500, 10);
    expect(latency.latencyMs).toBeGreaterThan(4_900);
    expect(latency.latencyMs).toBeLessThan(5_100);
  });

  it('falls while the queue empties, though each write has waited as long as the one before', async () => {
    const { latency, begin, finishEach } = measured();
    for (let n = 0; n < 500; n++) {
      begin(2);
      await finishEach(1, 10);
    }
    expect(latency.latencyMs).toBeGreaterThan(4_900);
    await finishEach(400, 10);
    expect(latency.latencyMs).toBeLessThan(1_100);
  });

  it('takes a burst for no queue where all of it is written in one go', async () => {
    const { clock, latency, begin, finish, finishEach } = measured();
    for (let n = 0; n < 100; n++) {
      begin(1);
      await finishEach(1, 10);
    }
    begin(1_000);
    clock.advance(10);
    expect(latency.latencyMs).toBeLessThan(50);
    await finish(1_000);
    expect(latency.latencyMs).toBe(0);
  });

  it('measures a write that fails like any other', async () => {
    const latency = new SinkLatency(new FakeClock());
    await expect(latency.measure(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(latency.latencyMs).toBe(0);
  });
});
