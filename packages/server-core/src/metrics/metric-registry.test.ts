import { describe, expect, it } from 'vitest';
import { MetricRegistry } from './metric-registry.js';

describe('MetricRegistry', () => {
  it('writes the text that Prometheus reads', () => {
    const registry = new MetricRegistry();
    const requests = registry.counter('requests_total', 'All requests.');
    registry.gauge('pressure_ratio', 'Pressure.', () => 0.5);
    registry.gauge('up', 'Up.', () => [{ labels: { sink: 'a' }, value: 1 }]);
    const seconds = registry.histogram('took_seconds', 'Time.', [0.1, 1]);
    requests.add({ status: '200', code: 'ok' });
    requests.add({ status: '200', code: 'ok' }, 2);
    requests.add({ status: '503', code: 'a"b\\c\nd' });
    for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
    expect(registry.render()).toBe(`# HELP requests_total All requests.
# TYPE requests_total counter
requests_total{status="200",code="ok"} 3
requests_total{status="503",code="a\\"b\\\\c\\nd"} 1
# HELP pressure_ratio Pressure.
# TYPE pressure_ratio gauge
pressure_ratio 0.5
# HELP up Up.
# TYPE up gauge
up{sink="a"} 1
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 2
took_seconds_bucket{le="1"} 3
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 7.65
took_seconds_count 4
`);
  });
});
