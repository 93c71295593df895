/** What of the process's life a client follows; returns what ends it. */
export interface LifecycleHooks {
  /** The process ends: only synchronous work is done. */
  readonly onExit: () => void;
  /** A signal came that would end it; it is raised again when the promise settles. */
  readonly onSignal?: (() => Promise<unknown>) | undefined;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

export function followProcess({ onExit, onSignal }: LifecycleHooks): () => void {
  const heard = (signal: NodeJS.Signals) => {
    stop();
    // Without our listener the signal has its default effect, or that of the app's own listeners.
    void onSignal?.().finally(() => process.kill(process.pid, signal));
  };
  const stop = () => {
    process.off('exit', onExit);
    for (const signal of signals) process.off(signal, heard);
  };
  process.on('exit', onExit);
  if (onSignal) for (const signal of signals) process.on(signal, heard);
  return stop;
}
