import type { ClientCore } from './client-core.js';
import type { EventStore } from './ports.js';

/** The process ends: hands all that is in memory to the client's storage, reports of drops too,
 *  before this returns. Beside the client, because no page can know that it ends. */
export function finish(core: ClientCore, storage: EventStore | undefined): void {
  core.reportDrops();
  void core.stored();
  const { unstored } = core.store;
  // What does not fit is lost with the process; there is nobody left to be told.
  if (unstored.length > 0) storage?.append(unstored).catch(() => {});
}
