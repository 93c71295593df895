import { AnalyticsError } from '@holdfast/sdk-core';
import { describe, expect, it } from 'vitest';
import { checkMessage, type MessageType } from './own-event.js';

const good: Record<MessageType, object> = {
  track: { userId: 'u', event: 'E' },
  identify: { anonymousId: 'a' },
  page: { userId: 'u' },
  screen: { userId: 'u', priority: 'low' },
  group: { userId: 'u', groupId: 'g' },
  alias: { userId: 'u', previousId: 'p' },
};

describe('messages', () => {
  it.each(Object.entries(good))('that have what they need pass: %s', (type, message) => {
    checkMessage(type as MessageType, message);
  });

  it.each([
    ['track', undefined, 'object'],
    ['track', 'Order Completed', 'object'],
    ['track', { userId: 'u' }, 'event'],
    ['track', { userId: 'u', event: '' }, 'event'],
    ['track', { event: 'E' }, 'userId or anonymousId'],
    ['track', { event: 'E', userId: 7 }, 'userId or anonymousId'],
    ['track', { event: 'E', userId: 'u', priority: 'urgent' }, 'priority'],
    ['identify', {}, 'userId or anonymousId'],
    ['group', { userId: 'u' }, 'groupId'],
    ['alias', { userId: 'u' }, 'previousId'],
    ['alias', { previousId: 'p', anonymousId: 'a' }, 'userId'],
  ])('that can make no event throw and say why: %s %j', (type, message, fault) => {
    const check = () => checkMessage(type as MessageType, message);
    expect(check).toThrow(AnalyticsError);
    expect(check).toThrow(fault);
  });
});
