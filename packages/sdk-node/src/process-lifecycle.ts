import { constants } from 'node:os';

/** What of the process's life a client follows. */
export interface LifecycleHooks {
  /** The process ends: only synchronous work is done. */
  readonly onExit: () => void;
  /** A signal came that would end it; it is raised again when the promise settles. */
  readonly onSignal?: (() => Promise<unknown>) | undefined;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/** Every client that follows the process. They share one listener an event: Node takes more than
 *  ten for a leak, and says so. */
const followers = new Set<LifecycleHooks>();
let isHeardOfExit = false;
let areSignalsHeard = false;

/** Follows the process's life; returns what ends it. */
export function followProcess(hooks: LifecycleHooks): () => void {
  followers.add(hooks);
  listen();
  return () => {
    followers.delete(hooks);
    listen();
  };
}

/** Listens to what a follower is there for, and to nothing else. */
function listen(): void {
  const needsExit = followers.size > 0;
  if (needsExit !== isHeardOfExit) process[needsExit ? 'on' : 'off']('exit', heardExit);
  isHeardOfExit = needsExit;
  const needsSignals = [...followers].some(({ onSignal }) => onSignal);
  if (needsSignals === areSignalsHeard) return;
  areSignalsHeard = needsSignals;
  for (const name of signals) process[needsSignals ? 'on' : 'off'](name, heardSignal);
}

function heardExit(): void {
  for (const { onExit } of followers) onExit();
}

function heardSignal(signal: NodeJS.Signals): void {
  const followed = [...followers].map(({ onSignal }) => onSignal?.());
  for (const name of signals) process.off(name, heardSignal);
  // An app that listens itself was told, and ends the process when it likes. Without a listener the
  // signal has its default effect again.
  const isOurs = process.listenerCount(signal) === 0;
  void Promise.allSettled(followed).then(() => {
    if (!isOurs) return;
    process.kill(process.pid, signal);
    // Still here: the kernel spares the first process of a container. So it ends as a shell says
    // of one that the signal has ended.
    process.exit(128 + constants.signals[signal]);
  });
}
