// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createAnalytics } from './create-analytics.js';
import type { AnalyticsEvent } from './index.js';

const options = { writeKey: 'dev', endpoint: 'http://127.0.0.1:9' };

describe('createAnalytics on a server', () => {
  it('works in memory and says so', async () => {
    const analytics = createAnalytics(options);
    const codes: string[] = [];
    analytics.on('error', ({ code }) => codes.push(code));
    await analytics.stored();
    expect(codes).toEqual(['storage_unavailable']);
    expect(analytics.durability).toBe('memory');
    expect(analytics.anonymousId).toMatch(/^[0-9a-f-]{36}$/);
    analytics.setConsent('denied');
    await analytics.shutdown({ timeoutMs: 0 });
  });

  it('says nothing of storage that was not asked for', async () => {
    const analytics = createAnalytics({ ...options, durability: 'memory' });
    const codes: string[] = [];
    analytics.on('error', ({ code }) => codes.push(code));
    await analytics.stored();
    expect(codes).toEqual([]);
    await analytics.shutdown({ timeoutMs: 0 });
  });

  it('touches nothing when it is only imported', async () => {
    const before = Object.getOwnPropertyNames(globalThis);
    await import('./index.js');
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
  });
});

describe('the events of a client', () => {
  interface ShopEvents {
    'Order Completed': { total: number; currency?: string };
    'Cart Viewed': { items?: number };
  }

  it('carry who, where in the queue and what, in the form of the wire', async () => {
    const events: AnalyticsEvent[] = [];
    const analytics = createAnalytics<ShopEvents>({
      ...options,
      durability: 'memory',
      beforeStore: (event) => {
        events.push(event);
        return null;
      },
    });
    const { anonymousId, sessionId } = analytics;
    analytics.setContext({ app: { version: '1' } });
    const first = analytics.track('Order Completed', { total: 42 }, { priority: 'critical' });
    analytics.identify('user-1', { plan: 'free' });
    analytics.track('Cart Viewed', undefined, { context: { campaign: 'spring' } });
    analytics.page('Home', { section: 'top' });
    analytics.group('group-1', { size: 3 });
    analytics.alias('user-2');
    analytics.alias('user-3', 'someone');
    analytics.reset();
    analytics.track('Cart Viewed');

    expect(events[0]).toMatchObject({
      type: 'track',
      eventId: first,
      event: 'Order Completed',
      properties: { total: 42 },
      priority: 'critical',
      anonymousId,
      sessionId,
      context: { app: { version: '1' } },
      queue: { seq: 1 },
    });
    expect(events[1]).toMatchObject({
      type: 'identify',
      userId: 'user-1',
      traits: { plan: 'free' },
    });
    expect(events[2]).toMatchObject({
      userId: 'user-1',
      context: { app: { version: '1' }, campaign: 'spring' },
    });
    expect(events[3]).toMatchObject({ type: 'page', name: 'Home', properties: { section: 'top' } });
    expect(events[4]).toMatchObject({ type: 'group', groupId: 'group-1', traits: { size: 3 } });
    expect(events[5]).toMatchObject({ type: 'alias', userId: 'user-2', previousId: 'user-1' });
    expect(events[6]).toMatchObject({ type: 'alias', userId: 'user-3', previousId: 'someone' });
    expect(events[7]!.userId).toBeUndefined();
    expect(events[7]!.anonymousId).not.toBe(anonymousId);
    expect(events[7]!.sessionId).not.toBe(sessionId);
    await analytics.shutdown({ timeoutMs: 0 });
  });

  it('are checked by the compiler', async () => {
    const analytics = createAnalytics<ShopEvents>({ ...options, durability: 'memory' });
    analytics.track('Order Completed', { total: 1, currency: 'EUR' });
    analytics.track('Cart Viewed');
    // @ts-expect-error: no such event
    analytics.track('Order Complete', { total: 1 });
    // @ts-expect-error: a property has the wrong type
    analytics.track('Order Completed', { total: '1' });
    // @ts-expect-error: a required property is missing
    analytics.track('Order Completed');
    createAnalytics({ ...options, durability: 'memory' }).track('Anything', { at: 'all' });
    expect(await analytics.shutdown({ timeoutMs: 0 })).toMatchObject({ dropped: 5 });
  });
});
