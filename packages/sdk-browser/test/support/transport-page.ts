/** What the transport contract's page runs: it sends what the test hands it. */
import { Abort } from '@holdfast/sdk-core/attempt';
import type { BatchRequest, TransportOutcome } from '@holdfast/sdk-core/ports';
import { browserClock } from '../../src/browser-clock.js';
import { FetchTransport } from '../../src/fetch-transport.js';

/** A request as it can be handed to a page. */
export type PageRequest = Omit<BatchRequest, 'signal' | 'events'> & {
  readonly events: readonly (string | readonly number[])[];
};

declare global {
  var sendBatch: (id: number, request: PageRequest) => Promise<TransportOutcome>;
  var abortBatch: (id: number) => void;
  var closeTransport: () => Promise<void>;
}

const transport = new FetchTransport(browserClock);
const aborts = new Map<number, Abort>();

globalThis.sendBatch = (id, request) => {
  const signal = aborts.get(id) ?? new Abort();
  aborts.set(id, signal);
  const events = request.events.map((event) =>
    typeof event === 'string' ? event : new TextDecoder().decode(new Uint8Array(event)),
  );
  return transport.send({ ...request, events, signal });
};

globalThis.abortBatch = (id) => {
  const signal = aborts.get(id) ?? new Abort();
  aborts.set(id, signal);
  signal.abort();
};

globalThis.closeTransport = () => transport.close();
