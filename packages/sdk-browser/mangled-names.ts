/**
 * Names of properties that the `<script>` builds shorten. Only names that never leave the bundle
 * may stand here: none of the public API, of the wire, of rows and settings in IndexedDB or
 * localStorage, of messages between tabs, and none that an object of the platform has where we use
 * it. A name that is missing costs bytes and nothing else, so leave out what is in doubt.
 * `test/unit/mangled-names.test.ts` compares what leaves a build with what leaves one that
 * keeps all names.
 */
const names = `
  accept acceptReport ack acked allow append appending arrived ask beforeLeaving bytes callers
  channel check clock closedReason confirm confirmSender core decided defer delivery deny discard
  dropRest dueInMs emit emitter ending endpoints events extend factory fail failed failoverInMs
  finished forget fraction frozen gate hand held hidden hold holdInMemory identity idle inherit
  isAborted isAvailable isHeld isKeepalive isOlderThan isOpen isOrdered isProbe isWaiting
  itemChanged items last lease leave leaveAppending lifecycle listener load look make makeAllDue
  maxBytes maxEvents maxInFlightBatches monotonicMs newId next noneWaits note noteEpoch noteOrder
  nowMs onAbort onAcquired onAll onArrival onConsent onDenied onDropped onFlush online onLost
  onMessage onStored openBackoff openBackoffs opensInMs options outcomes park parkedEvents pause
  persist pick plan post prefersRecent probing purge readState record recount recountLater release
  releaseAll remove report reportDrops retryAfter runs save schedule sender sendLast serverTime
  setDenied settle settled settler shown start startedAtMs state stop storage store strikes
  succeed succeeded tell total totals touch transport tried unsplit unstored unstoredBytes usage
  use waiting waitingSinceMs wake watch writeState
`;

export const mangledNames: readonly string[] = names.trim().split(/\s+/);
