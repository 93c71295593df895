import type { Emitter } from './emitter.js';
import type { ErrorCode } from './errors.js';

/** Failed attempts in a row after which it is no blip any more. */
const failuresUntilTold = 3;

/** Codes of `error` that say that nothing arrives. */
const refusals: readonly ErrorCode[] = ['write_key_refused', 'request_refused'];

/**
 * Says through `error` what keeps events from arriving, once for each cause, and `recovered` when
 * they arrive again: nobody answers (`endpoint_unreachable`), or somebody who is no collector
 * (`not_a_collector`). A collector that asks to wait is no trouble.
 */
export class Trouble {
  /** What the last attempt failed of; undefined: it did not fail. */
  cause: string | undefined;
  readonly #emitter: Emitter;
  #endpoint = '';
  #failures = 0;
  #told: ErrorCode | undefined;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
    emitter.on('retrying', ({ endpoint, cause }) => {
      this.cause = cause;
      this.#endpoint = endpoint;
      if (++this.#failures >= failuresUntilTold) this.tell();
    });
    emitter.on('error', ({ code }) => {
      if (refusals.includes(code)) this.#told = code;
    });
    emitter.on('delivered', ({ endpoint }) => this.#recovered(endpoint));
  }

  /** Tells now: somebody waits for events that do not arrive. */
  tell(): void {
    const { cause } = this;
    const code = cause === undefined ? undefined : codeOf(cause);
    if (code === undefined || code === this.#told) return;
    this.#told = code;
    const at = this.#endpoint;
    const words =
      code === 'not_a_collector'
        ? `what answers at ${at} is no collector (${cause}); is the endpoint right?`
        : `nobody answers at ${at} (${cause}); is the endpoint right, and the collector running?`;
    this.#emitter.report(code, `${words} Events wait in the queue`);
  }

  #recovered(endpoint: string): void {
    this.#failures = 0;
    this.cause = undefined;
    if (this.#told === undefined) return;
    this.#told = undefined;
    this.#emitter.report('recovered', `events arrive again at ${endpoint}`);
  }
}

/** Undefined: a collector has answered, or it is no matter of the way to it. */
function codeOf(cause: string): ErrorCode | undefined {
  if (cause.startsWith('foreign answer')) return 'not_a_collector';
  // The collector's codes are of small letters; a platform's words for no answer are not.
  const isOurs = /^[a-z_0-9]+$|^retry list$|^shed |every event$|^too many/.test(cause);
  return isOurs && cause !== 'timeout' ? undefined : 'endpoint_unreachable';
}
