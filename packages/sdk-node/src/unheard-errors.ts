import type { AnalyticsError } from '@holdfast/sdk-core';

/** Says the first `error` that nobody listens to as a warning of the process: a queue in memory, or
 *  a refused key, must not go unnoticed. */
export class UnheardErrors {
  #isSaid = false;

  /** The app listens: it hears for itself, from now on. */
  heard(): void {
    this.#isSaid = true;
  }

  tell({ code, message }: AnalyticsError): void {
    if (this.#isSaid) return;
    this.#isSaid = true;
    const hint = "Listen to 'error' to hear of the next ones: analytics.on('error', …)";
    process.emitWarning(`${message} (${code}). ${hint}`, { type: 'HoldfastWarning', code });
  }
}
