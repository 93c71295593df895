/** What of the process's life a client follows. */
export interface LifecycleHooks {
  /** The process ends: only synchronous work is done. */
  readonly onExit: () => void;
  /** A signal came that would end it; it is raised again when the promise settles. */
  readonly onSignal?: (() => Promise<unknown>) | undefined;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/** Follows the process's life; returns what ends it. */
export function followProcess({ onExit, onSignal }: LifecycleHooks): () => void {
  const heard = (signal: NodeJS.Signals) => {
    for (const name of signals) process.off(name, heard);
    // An app that listens itself was told, and ends the process when it likes. Without a listener
    // the signal has its default effect again.
    const isOurs = process.listenerCount(signal) === 0;
    void onSignal?.().finally(() => {
      if (isOurs) process.kill(process.pid, signal);
    });
  };
  process.on('exit', onExit);
  if (onSignal) for (const signal of signals) process.on(signal, heard);
  return () => {
    process.off('exit', onExit);
    for (const signal of signals) process.off(signal, heard);
  };
}
