/** Counters, gauges and histograms in Prometheus' text format, version 0.0.4. */

export type Labels = { readonly [name: string]: string };

/** Only rises. */
class Counter {
  readonly #values = new Map<string, number>();

  add(labels: Labels = {}, count = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + count);
  }

  lines(name: string): string[] {
    return [...this.#values].map(([labels, value]) => `${name}${braced(labels)} ${value}`);
  }
}

/** Counts values by upper bound. */
class Histogram {
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { readonly counts: number[]; sum: number; count: number }>();

  /** `bounds` rise; one for everything above comes by itself. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  observe(value: number, labels: Labels = {}): void {
    const key = labelText(labels);
    const series = this.#series.get(key) ?? { counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
    this.#series.set(key, series);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.counts[bucket]!++;
    series.sum += value;
    series.count++;
  }

  lines(name: string): string[] {
    return [...this.#series].flatMap(([labels, { counts, sum, count }]) => {
      let below = 0;
      const buckets = this.#bounds.map((bound, i) => {
        below += counts[i]!;
        return `${name}_bucket${braced(labels, `le="${bound}"`)} ${below}`;
      });
      return [
        ...buckets,
        `${name}_bucket${braced(labels, 'le="+Inf"')} ${count}`,
        `${name}_sum${braced(labels)} ${sum}`,
        `${name}_count${braced(labels)} ${count}`,
      ];
    });
  }
}

/** One value now, or several by label. */
export type GaugeReading = readonly { readonly labels: Labels; readonly value: number }[];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(): string[];
}

export class MetricRegistry {
  readonly #metrics: Metric[] = [];

  /** `name` ends in `_total`. */
  counter(name: string, help: string): Counter {
    const counter = new Counter();
    this.#metrics.push({ name, help, type: 'counter', lines: () => counter.lines(name) });
    return counter;
  }

  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const histogram = new Histogram(bounds);
    this.#metrics.push({ name, help, type: 'histogram', lines: () => histogram.lines(name) });
    return histogram;
  }

  /** `read` is called for each scrape. */
  gauge(name: string, help: string, read: () => number | GaugeReading): void {
    this.#addRead(name, help, 'gauge', read);
  }

  /** A counter that is kept elsewhere, read as a gauge is; `name` ends in `_total`. */
  total(name: string, help: string, read: () => number | GaugeReading): void {
    this.#addRead(name, help, 'counter', read);
  }

  render(): string {
    return this.#metrics
      .flatMap((metric) => [
        `# HELP ${metric.name} ${metric.help}`,
        `# TYPE ${metric.name} ${metric.type}`,
        ...metric.lines(),
      ])
      .map((line) => `${line}\n`)
      .join('');
  }

  #addRead(
    name: string,
    help: string,
    type: Metric['type'],
    read: () => number | GaugeReading,
  ): void {
    const lines = () => {
      const reading = read();
      const values = typeof reading === 'number' ? [{ labels: {}, value: reading }] : reading;
      return values.map(({ labels, value }) => `${name}${braced(labelText(labels))} ${value}`);
    };
    this.#metrics.push({ name, help, type, lines });
  }
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function braced(labels: string, more = ''): string {
  const all = [labels, more].filter((part) => part !== '').join(',');
  return all === '' ? '' : `{${all}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}
