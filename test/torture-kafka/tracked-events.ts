import { createHash } from 'node:crypto';

/** Short, and still not the same for two texts. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** What the clients know of their events. Each event is named as by `eventText`. */
export class TrackedEvents {
  /** Every event with the digest of its bytes. */
  readonly digests = new Map<string, string>();
  readonly delivered = new Set<string>();
  readonly rejected = new Set<string>();
  /** Those of another sender than our clients. */
  readonly others = new Set<string>();
  /** Events that a client gave up, by reason. */
  readonly dropped = new Map<string, number>();
  /** Attempts that failed, by cause. */
  readonly retries = new Map<string, number>();
  /** Errors that a client told of. */
  readonly errors = new Map<string, number>();
  /** Most events that waited at once. */
  peakWaiting = 0;

  get waiting(): number {
    return this.digests.size - this.delivered.size - this.rejected.size;
  }

  get retryCount(): number {
    return [...this.retries.values()].reduce((sum, count) => sum + count, 0);
  }

  noteWaiting(): void {
    this.peakWaiting = Math.max(this.peakWaiting, this.waiting);
  }
}

export function addTo(counts: Map<string, number>, name: string, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
