/**
 * What a page of the torture runs beside the SDK: it tracks, and tells the witness what it saw,
 * through a binding of DevTools that has left the page before the next statement runs.
 */
import type {
  AnalyticsOptions,
  BrowserAnalytics,
  FlushReport,
} from '../../packages/sdk-browser/src/index.js';

/** Events that are tracked in one task. */
export interface Burst {
  /** Names the run that they belong to. */
  readonly run: string;
  readonly count: number;
  /** Bytes that each event carries for nothing. */
  readonly padBytes: number;
}

export type Testimony =
  /** track() has returned these ids. */
  | { readonly kind: 'accepted'; readonly run: string; readonly eventIds: readonly string[] }
  /** stored() has resolved for them, so long after they were tracked. */
  | {
      readonly kind: 'stored';
      readonly run: string;
      readonly eventIds: readonly string[];
      readonly afterMs: number;
      /** What stored() spoke of. */
      readonly durability: string;
    }
  | { readonly kind: 'dropped'; readonly reason: string; readonly count: number }
  | { readonly kind: 'error'; readonly code: string }
  /** What happened to the page: resume, restored. */
  | { readonly kind: 'lifecycle'; readonly name: string };

declare global {
  /** The witness's binding. */
  function holdfastWitness(text: string): void;
  var torture: PageProgram;
}

const frozenItem = 'torture:frozen';

export class PageProgram {
  #client: BrowserAnalytics | undefined;

  open(options: AnalyticsOptions): void {
    const client = Holdfast.createAnalytics({ flushIntervalMs: 50, ...options });
    client.on('dropped', ({ reason, count }) => tell({ kind: 'dropped', reason, count }));
    client.on('error', ({ code }) => tell({ kind: 'error', code }));
    this.#client = client;
    this.#watch();
  }

  /** Tracks; resolves when the events are stored. */
  async burst({ run, count, padBytes }: Burst): Promise<void> {
    const client = this.#client!;
    const pad = 'x'.repeat(padBytes);
    const startedMs = performance.now();
    const eventIds: string[] = [];
    for (let i = 0; i < count; i++) {
      eventIds.push(client.track('Tortured', { run, mark: crypto.randomUUID(), pad }));
    }
    tell({ kind: 'accepted', run, eventIds });
    // stored() would hand them over at once; the client shall do so by itself, at the task's end.
    await undefined;
    await client.stored();
    const afterMs = performance.now() - startedMs;
    tell({ kind: 'stored', run, eventIds, afterMs, durability: client.durability });
  }

  /** Tracks, and does not end the task for so long: nothing may have left the page meanwhile. */
  burstAndSpin(burst: Burst, durationMs: number): void {
    void this.burst(burst);
    const end = performance.now() + durationMs;
    while (performance.now() < end);
  }

  /** Tracks, and leaves for another page in the same task; tracks once more on the way out. */
  burstAndLeave(burst: Burst, url: string): void {
    addEventListener('pagehide', () => void this.burst({ ...burst, count: 1 }), { once: true });
    void this.burst(burst);
    location.href = url;
  }

  flush(timeoutMs: number): Promise<FlushReport> {
    return this.#client!.flush({ timeoutMs });
  }

  /** Whether a page of this origin has been told that it will be frozen. */
  get hasFrozenTab(): boolean {
    return localStorage.getItem(frozenItem) !== null;
  }

  #watch(): void {
    const lifecycle = (name: string) => tell({ kind: 'lifecycle', name });
    // A frozen page can tell nobody by a message.
    document.addEventListener('freeze', () => localStorage.setItem(frozenItem, 'yes'));
    document.addEventListener('resume', () => lifecycle('resume'));
    addEventListener('pageshow', ({ persisted }) => persisted && lifecycle('restored'));
  }
}

function tell(testimony: Testimony): void {
  holdfastWitness(JSON.stringify(testimony));
}

globalThis.torture = new PageProgram();
