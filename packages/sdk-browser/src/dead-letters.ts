/** `@holdfast/sdk-browser/dead-letters`: for the few who look at them, and not in every page. */
import type { DeadLetter, QueueRecord } from '@holdfast/sdk-core';
import type { DeviceQueue } from './browser-analytics.js';
import { nowMs } from './browser-clock.js';
import { resultOf } from './queue/row-database.js';
import * as rowKey from './queue/row-key.js';

export type { DeadLetter } from '@holdfast/sdk-core';

/** A client whose dead letters these are. */
export interface DeadLetterOwner {
  readonly deviceQueue: DeviceQueue | undefined;
}

interface DeadRow extends QueueRecord, Omit<DeadLetter, 'eventJson'> {
  readonly key: string;
  readonly kind: 'rejected';
}

/**
 * Events that the collector refused for good, as far as they are kept: 100. None while events are
 * in memory alone, as with consent pending. Rejects with `storage_failed` or `storage_unavailable`
 * if they cannot be read.
 *
 * @example
 * ```ts
 * for (const { code, eventJson } of await deadLetters(analytics)) console.warn(code, eventJson);
 * ```
 */
export async function deadLetters({ deviceQueue }: DeadLetterOwner): Promise<DeadLetter[]> {
  const rows = deviceQueue ? await readRows(deviceQueue) : [];
  return rows.map(({ code, detail, deadAtMs, json }) => {
    return { code, detail, deadAtMs, eventJson: json as string };
  });
}

/**
 * Queues all dead letters again, with the same eventIds and bytes, for whichever tab sends;
 * resolves with their number once they are stored. Their age begins anew. Those that are refused
 * once more are dead letters again. Rejects with `storage_full` or `storage_failed` if they cannot
 * be stored: they are kept then, unless consent is denied.
 */
export async function resendDeadLetters({ deviceQueue }: DeadLetterOwner): Promise<number> {
  // Read and moved in two transactions: one that does both would hold up the other tabs' writes
  // if this tab stood still between the two.
  const rows = deviceQueue ? await readRows(deviceQueue) : [];
  if (!deviceQueue || rows.length === 0) return 0;
  const serverTimeMs = nowMs();
  await deviceQueue.transact('readwrite', (store) => {
    rowKey.failIfDenied(store);
    for (const { key, kind, code, detail, deadAtMs, ...record } of rows) {
      store.put({ ...record, serverTimeMs }, key);
      store.delete(rowKey.deadLetterKey(key));
    }
  });
  deviceQueue.changed();
  return rows.length;
}

function readRows(queue: DeviceQueue): Promise<DeadRow[]> {
  return queue.transact('readonly', (store) =>
    resultOf<DeadRow[]>(store.getAll(rowKey.rangeOfDeadLetters())),
  );
}
