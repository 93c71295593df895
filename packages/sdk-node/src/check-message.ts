import { priorities } from '@holdfast/protocol';
import { AnalyticsError } from '@holdfast/sdk-core';

export type MessageType = 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias';

/** Members that must be there and be text, besides userId or anonymousId. */
const needed: Record<MessageType, readonly string[]> = {
  track: ['event'],
  identify: [],
  page: [],
  screen: [],
  group: ['groupId'],
  alias: ['userId', 'previousId'],
};

/** Throws `invalid_event` for a call that can make no event: a mistake in the app's code. */
export function checkMessage(type: MessageType, message: unknown): void {
  if (typeof message !== 'object' || message === null) {
    throw invalid(type, `needs an object, not ${String(message)}`);
  }
  const members = message as Record<string, unknown>;
  for (const name of needed[type]) {
    if (!isText(members[name])) throw invalid(type, `needs ${name}, a non-empty string`);
  }
  const { userId, anonymousId, priority } = members;
  if (!isText(userId) && !isText(anonymousId)) {
    throw invalid(type, 'needs userId or anonymousId, a non-empty string');
  }
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
