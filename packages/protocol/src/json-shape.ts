import { limits } from './limits.js';

/** Looks at the values of one event, as JSON has them: their depth, and their keys all together. */
export class JsonShape {
  hasForbiddenKey = false;
  keysLeft: number;

  constructor(maxKeys: number) {
    this.keysLeft = maxKeys;
  }

  /** What no collector takes of a value at `depth` (of the event itself: 1) behind a key;
   *  undefined: nothing, and its keys are counted. */
  faultOf(value: unknown, depth: number): string | undefined {
    const before = this.keysLeft--;
    this.hasForbiddenKey = false;
    const fault = before > 0 ? this.#look(value, depth) : tooManyKeys;
    // It is left out.
    if (fault !== undefined) this.keysLeft = before;
    return fault;
  }

  #look(value: unknown, depth: number): string | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > limits.maxDepth) return `is nested deeper than ${limits.maxDepth} levels`;
    if (Array.isArray(value)) {
      for (const child of value) {
        const fault = this.#look(child, depth + 1);
        if (fault !== undefined) return fault;
      }
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (--this.keysLeft < 0) return tooManyKeys;
      if (key === '__proto__') this.hasForbiddenKey = true;
      const fault = this.#look((value as Record<string, unknown>)[key], depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}

const tooManyKeys = `has more keys than an event may: ${limits.maxKeys}`;
