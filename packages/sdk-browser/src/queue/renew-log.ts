/**
 * Has Chromium begin a new log. What a kill has torn in the old one is passed over at the next
 * start, but Chromium writes on behind it, and at the start after that it takes the log for
 * damaged and deletes all that the origin has stored (google/leveldb#1287). The end of any database
 * makes it put away its log, and what is in it, in good order. `name` is that of the queue's.
 */
export function renewLog(name: string): void {
  const factory = indexedDB;
  const opening = factory.open(`${name}:log`);
  opening.onsuccess = () => {
    opening.result.close();
    factory.deleteDatabase(`${name}:log`);
  };
}
