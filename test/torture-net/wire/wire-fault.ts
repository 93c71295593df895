/** What can happen to one TCP connection between a client and a collector. */

/** How a connection goes: RST, FIN, or not at all: the peer is gone and nobody says so. */
export type Ending = 'reset' | 'end' | 'vanish';

export type WireFault =
  /** The request is cut after so many bytes of it; what was passed on arrived. */
  | { readonly kind: 'cut request'; readonly afterBytes: number; readonly ending: Ending }
  /** The answer is cut after so many bytes of it; the collector has the request. */
  | { readonly kind: 'cut answer'; readonly afterBytes: number; readonly ending: Ending }
  /** The collector has answered, and not a byte of that arrives. */
  | { readonly kind: 'lost answer'; readonly ending: Ending }
  /** Accepted, and then silence: nothing is passed on. */
  | { readonly kind: 'silence' }
  /** After so many bytes of the request, one byte at a time. */
  | { readonly kind: 'dripped request'; readonly afterBytes: number; readonly everyMs: number }
  /** After so many bytes of the answer, one byte at a time. */
  | { readonly kind: 'dripped answer'; readonly afterBytes: number; readonly everyMs: number }
  /** The connection goes right after a whole answer, while the client means to keep it. */
  | { readonly kind: 'closed between requests'; readonly ending: Exclude<Ending, 'vanish'> }
  /** Something else answers: before the request has come, instead of the collector, or after the
   *  collector has stored the events. */
  | {
      readonly kind: 'strange answer';
      readonly name: string;
      readonly bytes: Buffer;
      readonly when: 'at once' | 'instead' | 'after commit';
      readonly ending: Ending;
    };

/** What it is counted as. */
export function faultGroup(fault: WireFault): string {
  if (fault.kind === 'strange answer') return `${fault.kind}, ${fault.when}`;
  return 'ending' in fault ? `${fault.kind}, ${fault.ending}` : fault.kind;
}

/** All that a run must have counted. */
export const faultGroups: readonly string[] = [
  ...['cut request', 'cut answer', 'lost answer'].flatMap((kind) =>
    (['reset', 'end', 'vanish'] satisfies Ending[]).map((ending) => `${kind}, ${ending}`),
  ),
  ...['closed between requests, reset', 'closed between requests, end'],
  ...['strange answer, at once', 'strange answer, instead', 'strange answer, after commit'],
  ...['silence', 'dripped request', 'dripped answer', 'slow stranger'],
  ...['DNS ENOTFOUND', 'DNS EAI_AGAIN', 'DNS no answer'],
  ...['refused connection', 'TLS to a port without'],
];
