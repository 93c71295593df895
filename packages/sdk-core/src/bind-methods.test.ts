import { describe, expect, it, vi } from 'vitest';
import { bindMethods } from './bind-methods.js';

class Counter {
  #count = 0;
  add(n: number): number {
    this.#count += n;
    return this.#count;
  }
  get count(): number {
    return this.#count;
  }
}

describe('bound methods', () => {
  it('work taken out, and through a proxy, and nothing else is seen of them', () => {
    const counter = bindMethods(new Counter());
    const { add } = counter;
    expect(add(1)).toBe(1);
    const proxy = new Proxy(counter, { get: (...given) => Reflect.get(...given) });
    expect(proxy.add(1)).toBe(2);
    expect(proxy.count).toBe(2);
    [1, 2].forEach(counter.add);
    expect(counter.count).toBe(5);
    expect(Object.keys(counter)).toEqual([]);
    expect(counter).toBeInstanceOf(Counter);
  });

  it('can be replaced, as tests of an app do', () => {
    const counter = bindMethods(new Counter());
    const spy = vi.spyOn(counter, 'add').mockReturnValue(7);
    expect(counter.add(1)).toBe(7);
    spy.mockRestore();
    expect(counter.add(1)).toBe(1);
  });
});
