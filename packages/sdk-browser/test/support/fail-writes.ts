import { IDBDatabase } from 'fake-indexeddb';
import { vi } from 'vitest';

/** Has every write fail as the browser fails it: when the transaction ends, not at the call. */
export function failWrites(cause: string): void {
  const { transaction } = IDBDatabase.prototype;
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...given
  ) {
    const failing = transaction.apply(this, given);
    if (given[1] !== 'readwrite') return failing;
    Object.defineProperty(failing, 'error', { value: new DOMException('no room', cause) });
    Object.defineProperty(failing, 'commit', {
      value: () => queueMicrotask(() => failing.abort()),
    });
    return failing;
  });
}
