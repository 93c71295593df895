import { describe, expect, it } from 'vitest';
import { MemorySink } from '../sinks/memory-sink.js';
import { CollectorMetrics } from './collector-metrics.js';

const idle = {
  ...{ bytesInFlight: 0, requestsInFlight: 0, pressure: 0, loopDelayMs: 0 },
  isReady: true,
};

describe('CollectorMetrics', () => {
  it('has the state of each circuit breaker, as three readings of which one is 1', () => {
    class SinkWithBreakers extends MemorySink {
      breakers() {
        return [
          { name: 'events/0', state: 'closed' as const },
          { name: 'events/1', state: 'half-open' as const },
        ];
      }
    }
    const metrics = new CollectorMetrics([new SinkWithBreakers(), new MemorySink()], () => idle);
    const lines = metrics.render().split('\n');
    expect(lines.filter((line) => line.startsWith('holdfast_circuit_breaker_state'))).toEqual([
      'holdfast_circuit_breaker_state{sink="memory",breaker="events/0",state="closed"} 1',
      'holdfast_circuit_breaker_state{sink="memory",breaker="events/0",state="open"} 0',
      'holdfast_circuit_breaker_state{sink="memory",breaker="events/0",state="half-open"} 0',
      'holdfast_circuit_breaker_state{sink="memory",breaker="events/1",state="closed"} 0',
      'holdfast_circuit_breaker_state{sink="memory",breaker="events/1",state="open"} 0',
      'holdfast_circuit_breaker_state{sink="memory",breaker="events/1",state="half-open"} 1',
    ]);
  });
});
