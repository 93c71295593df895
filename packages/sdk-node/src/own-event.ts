import {
  type EventType,
  isEventId,
  isUuidV7,
  needsOfType,
  type Properties,
  priorities,
} from '@holdfast/protocol';
import { AnalyticsError, type EventDraft } from '@holdfast/sdk-core';

/** What an app gives of an event; its id and timestamp may be its own. */
export type OwnEvent = Omit<EventDraft, 'eventId' | 'timestamp'> & {
  readonly eventId?: string | undefined;
  readonly timestamp?: string | Date | undefined;
};

/** Its draft, with the client's context below its own. Throws `invalid_event` if its eventId or
 *  timestamp is no good. */
export function draftOf(event: OwnEvent, clientContext: Properties | undefined): EventDraft {
  const { eventId, timestamp, ...members } = event;
  const { context } = members;
  if (eventId !== undefined) checkOwnId(eventId, timestamp);
  return {
    ...members,
    ...(eventId === undefined ? {} : { eventId }),
    ...(timestamp === undefined ? {} : { timestamp: isoText(timestamp) }),
    context:
      clientContext && context ? { ...clientContext, ...context } : (context ?? clientContext),
  };
}

function isoText(date: string | Date): string {
  if (typeof date === 'string') return date;
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

/** What an app can say; reports are the client's own. */
export type MessageType = Exclude<EventType, 'report'>;

/** Throws `invalid_event` for a call that can make no event: a mistake in the app's code. */
export function checkMessage(type: MessageType, message: unknown): void {
  if (typeof message !== 'object' || message === null) {
    throw invalid(type, `needs an object, not ${String(message)}`);
  }
  const members = message as Record<string, unknown>;
  for (const names of needsOfType.get(type) ?? []) {
    if (names.some((name) => isText(members[name]))) continue;
    throw invalid(type, `needs ${names.join(' or ')}, a non-empty string`);
  }
  const { priority } = members;
  if (priority !== undefined && !(priorities as readonly unknown[]).includes(priority)) {
    throw invalid(type, `has the priority ${String(priority)}: use low, normal or critical`);
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function invalid(type: string, fault: string): AnalyticsError {
  return new AnalyticsError('invalid_event', `${type}() ${fault}`);
}
