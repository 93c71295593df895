import { type EventType, needsOfType, priorities } from '@holdfast/protocol';
import { AnalyticsError } from '@holdfast/sdk-core';

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
