import type { EventType } from './event.js';

/** The members of which some type needs one. */
export type NeededMember =
  | 'event'
  | 'userId'
  | 'anonymousId'
  | 'groupId'
  | 'previousId'
  | 'properties';

/** Groups of members: of each of them an event needs one. */
export type EventNeeds = readonly (readonly NeededMember[])[];

const actor = ['userId', 'anonymousId'] as const;

/** What a type needs beyond `type`, `eventId` and `timestamp`: clients refuse by it, and collectors
 *  judge by it. A type that is not in it is unknown, and needs nothing more. */
export const needsOfType: ReadonlyMap<string, EventNeeds> = new Map<EventType, EventNeeds>([
  ['track', [['event'], actor]],
  ['identify', [actor]],
  ['page', [actor]],
  ['screen', [actor]],
  ['group', [['groupId'], actor]],
  ['alias', [['userId'], ['previousId']]],
  ['report', [['properties']]],
]);
