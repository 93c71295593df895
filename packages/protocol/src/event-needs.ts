/** The one table of what an event of each type must carry: schemas and collector judge by it. */
import type { AnalyticsEvent, EventType } from './event.js';

type EventMember = keyof AnalyticsEvent & string;
/** One member of each group must be there. */
type EventNeeds = readonly (readonly EventMember[])[];

const actor = ['userId', 'anonymousId'] as const;

/** Beyond `type`, `eventId` and `timestamp`, which all need. */
const needsOfType: { readonly [type in EventType]: EventNeeds } = {
  track: [['event'], actor],
  identify: [actor],
  page: [actor],
  screen: [actor],
  group: [['groupId'], actor],
  alias: [['userId'], ['previousId']],
  report: [['properties']],
};
const byType: ReadonlyMap<string, EventNeeds> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(needsOfType),
);

/** What a type needs; nothing if it is unknown. */
export function eventNeeds(type: string): EventNeeds {
  return byType.get(type) ?? [];
}
