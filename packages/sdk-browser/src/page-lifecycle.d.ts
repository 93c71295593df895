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
}
export interface PageLifecycle {
    isVisible(): boolean;
    /** Returns what ends watching. */
    watch(listeners: LifecycleListeners): () => void;
}
/** The page's own lifecycle. */
export declare const pageLifecycle: PageLifecycle;
