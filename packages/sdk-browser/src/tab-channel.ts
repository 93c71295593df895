import type { OutcomeKind, QueueRecord } from '@holdfast/sdk-core';
import type { Counted } from '@holdfast/sdk-core/leases';

/** An event as other tabs need to know it: enough to count it, without its text. */
export type EventNotice = Pick<QueueRecord, 'queueId' | 'seq' | 'priority' | 'sizeBytes'>;

export function noticeOf({ queueId, seq, priority, sizeBytes }: QueueRecord): EventNotice {
  return { queueId, seq, priority, sizeBytes };
}

/** What the tabs of an origin that share a write key tell each other. */
export type TabMessage =
  /** These are in the database now. */
  | { readonly kind: 'stored'; readonly records: readonly Counted[] }
  /** Look into the database: something may be there that nobody told of. */
  | { readonly kind: 'look' }
  /** Send what waits, without waiting for batches to fill. */
  | { readonly kind: 'flush' }
  /** These have left the queue. */
  | {
      readonly kind: 'settled';
      readonly outcome: OutcomeKind;
      readonly records: readonly EventNotice[];
    }
  /** An attempt to send these ended. */
  | { readonly kind: 'tried'; readonly records: readonly EventNotice[] }
  | { readonly kind: 'consent'; readonly isDenied: boolean }
  /** Is the holder of the sender's lock alive? A hidden one leaves it to a visible asker. */
  | { readonly kind: 'ask'; readonly isVisible: boolean }
  /** The holder's reply. */
  | { readonly kind: 'here' };

/** Reaches the other tabs, never this one. Without BroadcastChannel nobody hears anything: then
 *  stored events wait for the holder's next look, or for the next page. */
export class TabChannel {
  readonly #listeners = new Set<(message: TabMessage) => void>();
  #channel: BroadcastChannel | undefined;

  constructor(name: string) {
    if (!globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      for (const listener of this.#listeners) listener(data);
    };
  }

  post(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  onMessage(listener: (message: TabMessage) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }
}
