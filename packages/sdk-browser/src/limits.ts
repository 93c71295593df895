/** Bounds of what only the browser SDK does; those of delivery are sdk-core's `clientLimits`.
 *  Constants for the bundle's sake, as there. */

/** How long opening IndexedDB may take. Longer: events wait in memory, `storage_unavailable`,
 *  until it opens after all. */
export const openTimeoutMs = 5_000;
/** Attempts at one transaction: WebKit drops connections, and the second opens a new one. Then the
 *  write has failed. */
export const transactionAttempts = 2;
/** Dead letters kept. More: counted as rejected all the same, but not kept. */
export const maxDeadLetters = 100;
/** How long another tab may leave a wake message unanswered before a visible tab takes the
 *  sender's lock from it. */
export const wakeTimeoutMs = 5_000;
/** When the sender looks a second time for what a closing tab has stored: its last transaction may
 *  commit only after its message came. */
export const lookAgainMs = 1_000;
/** Bytes of events in a keepalive request on page hide. Chromium allows 64 KiB in flight for all
 *  keepalive requests of a page; the rest waits in the queue. */
export const maxKeepaliveBytes = 16_384;
/** Events, and their bytes, that this tab keeps in memory after it has stored them, to send them
 *  without reading: five batches of the default size. The oldest go first, and are read again. */
export const maxTailEvents = 500;
/** Their bytes, with the same behaviour. */
export const maxTailBytes = 500_000;
/** Characters that wait in localStorage for a page that opens the database, where pages went before
 *  theirs was open: a fifth of what browsers give an origin. More: lost with the page. */
export const maxLeftChars = 1_000_000;
/** Bytes of a body below which compression costs more than it saves. Smaller: sent plain. */
export const minGzipBytes = 1_024;
/** Characters of an answer that are read: the largest ack names 500 events. Longer: cut, and so
 *  no verdict. */
export const maxAnswerChars = 262_144;
/** Without an event for this long a new session begins. */
export const sessionIdleMs = 1_800_000;
/** How often the time of the last event is written to localStorage, and other tabs' changes are
 *  read from there. */
export const identityRefreshMs = 10_000;
