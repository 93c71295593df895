import { isEventId, isUuidV7, type Properties } from '@holdfast/protocol';
import { AnalyticsError, type EventDraft } from '@holdfast/sdk-core';

/** What an app gives of an event; its id and timestamp may be its own. */
export type OwnEvent = Omit<EventDraft, 'timestamp'> & {
  readonly timestamp?: string | Date | undefined;
};

/** Its draft, with the client's context below its own. Throws `invalid_event` if its eventId or
 *  timestamp is no good. */
export function draftOf(event: OwnEvent, clientContext: Properties | undefined): EventDraft {
  const { eventId, timestamp, context } = event;
  if (eventId !== undefined) checkOwnId(eventId, timestamp);
  return {
    ...event,
    timestamp: timestamp instanceof Date ? isoText(timestamp) : timestamp,
    context:
      clientContext && context ? { ...clientContext, ...context } : (context ?? clientContext),
  };
}

function isoText(date: Date): string {
  if (Number.isNaN(date.getTime())) {
    throw new AnalyticsError('invalid_event', 'timestamp is an invalid Date');
  }
  return date.toISOString();
}

function checkOwnId(eventId: string, timestamp: unknown): void {
  if (!isEventId(eventId)) {
    throw new AnalyticsError(
      'invalid_event',
      `eventId ${JSON.stringify(eventId)} must be 1–64 characters of A–Z a–z 0–9 . _ : -`,
    );
  }
  if (timestamp === undefined && !isUuidV7(eventId)) {
    throw new AnalyticsError(
      'invalid_event',
      `eventId ${JSON.stringify(eventId)} is no UUIDv7: give the event's own timestamp with it, ` +
        'so that every copy falls on the same day of deduplication',
    );
  }
}
