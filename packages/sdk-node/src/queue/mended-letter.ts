import { mendEvent } from '@holdfast/protocol';

/** A refused event as a call would make it today, under the same eventId; the very text if nothing
 *  can be mended of it. */
export function mendedLetter(eventJson: string): string {
  const event = JSON.parse(eventJson) as Record<string, unknown>;
  const { members } = mendEvent(event);
  const isWhole = ['type', 'timestamp'].every((name) => typeof members[name] === 'string');
  if (!isWhole || members.eventId !== event.eventId) return eventJson;
  const mended = JSON.stringify(members);
  return mended === JSON.stringify(event) ? eventJson : mended;
}
