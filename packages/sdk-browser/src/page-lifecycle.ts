/** What happens to the page, as far as sending is concerned. */
export interface LifecycleListeners {
  /** Out of sight, and perhaps about to go for good. */
  hidden(): void;
  /** About to stand still (frozen, or kept for the back button): nothing of it runs until shown. */
  frozen(): void;
  /** In sight again, or running again. */
  shown(): void;
  /** The network may be back. */
  online(): void;
  /** Another page has written this item of localStorage; null: all of them. */
  itemChanged(item: string | null): void;
}

export interface PageLifecycle {
  isVisible(): boolean;
  /** Returns what ends watching. */
  watch(listeners: LifecycleListeners): () => void;
}

/** The page's own lifecycle. */
export const pageLifecycle: PageLifecycle = {
  // A worker or a server has nothing that could be hidden.
  isVisible: () => globalThis.document?.visibilityState !== 'hidden',
  watch(listeners) {
    if (!globalThis.document) return () => {};
    const watching = new AbortController();
    const options = { signal: watching.signal };
    const on = (
      target: EventTarget,
      name: string,
      listener: (event: PageTransitionEvent) => void,
    ) => target.addEventListener(name, listener as (event: Event) => void, options);
    // Kept for the back button: what hides the page last comes after `pagehide`.
    let isKept = false;
    const changed = () => {
      if (pageLifecycle.isVisible()) return listeners.shown();
      listeners.hidden();
      if (isKept) listeners.frozen();
    };
    on(document, 'visibilitychange', changed);
    on(document, 'resume', changed);
    on(window, 'pagehide', ({ persisted }) => {
      isKept = persisted;
      if (pageLifecycle.isVisible()) listeners.hidden();
      else changed();
    });
    on(window, 'pageshow', () => {
      isKept = false;
      changed();
    });
    on(document, 'freeze', listeners.frozen);
    on(window, 'online', listeners.online);
    on(window, 'storage', (event) => listeners.itemChanged((event as Event as StorageEvent).key));
    return () => watching.abort();
  },
};
