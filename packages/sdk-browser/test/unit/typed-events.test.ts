import { describe, expectTypeOf, it } from 'vitest';
import type { createAnalytics } from '../../src/index.js';

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

describe('calls', () => {
  it('take what usual code has: interfaces, instances, and what may be undefined', () => {
    const client = {} as ReturnType<typeof createAnalytics>;
    const order: Order = { total: 1 };
    const mayBe = undefined as string | undefined;
    const calls = () => {
      client.track('Ordered', order, { context: new Cart(), priority: undefined });
      client.track('Ordered', new Cart());
      client.identify('ada', order);
      client.page(mayBe, new Cart());
      client.group('team', order);
      client.setContext(order);
      // @ts-expect-error a text is no properties
      client.track('Ordered', 'total');
    };
    expectTypeOf(calls).toBeFunction();
  });
});
