/** How long a burst took to be stored. */
export interface StoredAfter {
  readonly events: number;
  readonly ms: number;
}

interface Latency {
  readonly bursts: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** From track() to stored(), ms: for an event alone, and for bursts of 100 and more. */
export function latencies(all: readonly StoredAfter[]): Record<string, Latency> {
  return {
    alone: latency(all.filter(({ events }) => events === 1)),
    burst: latency(all.filter(({ events }) => events >= 100)),
  };
}

function latency(bursts: readonly StoredAfter[]): Latency {
  const sorted = bursts.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { bursts: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}
