import { describe, expectTypeOf, it } from 'vitest';
import type { createAnalytics } from '../../src/index.js';

interface Shop {
  'Order Completed': { total: number; coupon?: string };
  'Page Scrolled': { depth?: number };
  'Signed Out': Record<never, never>;
}

describe('typed events', () => {
  type Client = ReturnType<typeof createAnalytics<Shop>>;
  type Track = Client['track'];
  const track = (() => '') as unknown as Track;
  const userId = 'u';

  it('take their own names and properties alone', () => {
    track({ userId, event: 'Order Completed', properties: { total: 1 } });
    track({ userId, event: 'Page Scrolled' });
    track({ anonymousId: 'a', event: 'Signed Out', priority: 'low' });
    // @ts-expect-error no such event
    track({ userId, event: 'Order Complete', properties: { total: 1 } });
    // @ts-expect-error total must be a number
    track({ userId, event: 'Order Completed', properties: { total: '1' } });
    // @ts-expect-error properties are needed
    track({ userId, event: 'Order Completed' });
    // @ts-expect-error nobody is meant
    track({ event: 'Page Scrolled' });
    expectTypeOf<ReturnType<Track>>().toEqualTypeOf<string>();
  });

  it('take what usual code has: interfaces, instances, and what may be undefined', () => {
    interface Order {
      readonly total: number;
      readonly lines?: string[];
    }
    class Cart {
      readonly total = 1;
      get isEmpty(): boolean {
        return false;
      }
    }
    const order: Order = { total: 1 };
    const mayBe = undefined as string | undefined;
    const client = {} as Pick<
      ReturnType<typeof createAnalytics>,
      'track' | 'identify' | 'setContext'
    >;
    const calls = () => {
      client.track({ userId, event: 'Ordered', properties: order, context: new Cart() });
      client.track({ userId: mayBe, anonymousId: 'a', event: 'Ordered', properties: new Cart() });
      client.identify({
        userId,
        anonymousId: mayBe,
        traits: order,
        eventId: mayBe,
        timestamp: mayBe,
      });
      client.setContext(order);
      // @ts-expect-error nobody may be meant
      client.track({ userId: mayBe, event: 'Ordered' });
    };
    expectTypeOf(calls).toBeFunction();
  });

  it('are any where none are named', () => {
    const any = (() => '') as unknown as ReturnType<typeof createAnalytics>['track'];
    any({ userId, event: 'Anything', properties: { a: [1, { b: null }] } });
    any({ userId, event: 'Anything' });
  });
});
