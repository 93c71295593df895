import { limits } from './limits.js';

/** What toJSON makes of a value, where it has one. */
export function asJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? Reflect.apply(toJSON, value, ['']) : value;
}

/** Looks at what JSON.stringify would write of the values of one event: its depth and its keys. */
export class JsonShape {
  hasForbiddenKey = false;
  #keysLeft: number;

  constructor(maxKeys: number) {
    this.#keysLeft = maxKeys;
  }

  /** What no collector takes of a value; undefined: nothing, and its keys are counted. Throws what
   *  a getter or toJSON throws. */
  faultOf(value: unknown, depth: number): string | undefined {
    const before = this.#keysLeft;
    const fault = this.#look(value, depth);
    // It is left out.
    if (fault !== undefined) this.#keysLeft = before;
    return fault;
  }

  #look(value: unknown, depth: number): string | undefined {
    if (typeof value === 'bigint') return 'holds a bigint, which JSON has not';
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > limits.maxDepth) {
      return `is nested deeper than ${limits.maxDepth} levels, or holds itself`;
    }
    const isArray = Array.isArray(value);
    for (const key of Object.keys(value)) {
      const child = asJson((value as Record<string, unknown>)[key]);
      const type = typeof child;
      if (type === 'undefined' || type === 'function' || type === 'symbol') continue;
      if (!isArray && --this.#keysLeft < 0) return `has too many keys: ${limits.maxKeys} an event`;
      if (key === '__proto__') this.hasForbiddenKey = true;
      if (type !== 'object' && type !== 'bigint') continue;
      const fault = this.#look(child, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}
