import { backoffDelayMs } from '@holdfast/protocol';
import type { Clock } from '@holdfast/server-core/ports';
import { storageLimits } from '../limits.js';
import type { ArchivableLog } from '../log/event-log.js';
import type { Archiver } from './archiver.js';

export interface ArchiveLoopParts {
  readonly archiver: Pick<Archiver, 'archiveSealed'>;
  readonly segments: Pick<ArchivableLog, 'checked' | 'onSealed'>;
  readonly clock: Pick<Clock, 'schedule'>;
  /** Told of a run that failed; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Archives segments as they are sealed, one run at a time; a failed run is tried again later. */
export class ArchiveLoop {
  readonly #parts: ArchiveLoopParts;
  #running: Promise<void> | undefined;
  /** Segments were sealed since the run under way began. */
  #isDue = false;
  #isStopped = false;
  #failures = 0;
  #stopListening: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;

  constructor(parts: ArchiveLoopParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopListening = this.#parts.segments.onSealed(() => this.#wake());
    this.#wake();
  }

  /** Lets the run under way end; what is sealed then is archived after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopListening();
    this.#cancelRetry();
    await this.#running;
  }

  #wake(): void {
    if (this.#isStopped) return;
    this.#isDue = true;
    this.#cancelRetry();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isDue) this.#wake();
    });
  }

  async #run(): Promise<void> {
    const { archiver, segments, onError } = this.#parts;
    try {
      await segments.checked();
      while (this.#isDue && !this.#isStopped) {
        this.#isDue = false;
        if ((await archiver.archiveSealed()) > 0) this.#isDue = true;
      }
      this.#failures = 0;
    } catch (error) {
      onError(error);
      this.#retryLater();
    }
  }

  #retryLater(): void {
    const { archiveRetryMinMs, archiveRetryMaxMs } = storageLimits;
    const delayMs = backoffDelayMs(this.#failures++, 1, archiveRetryMinMs, archiveRetryMaxMs);
    this.#cancelRetry = this.#parts.clock.schedule(delayMs, () => this.#wake());
  }
}
