import { describe, expect, it } from 'vitest';
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
} from './circuit-breaker.js';

const kafka: CircuitBreakerOptions = {
  failureRate: 0.5,
  windowSize: 100,
  minimumCalls: 20,
  openMs: 30_000,
  halfOpenCalls: 10,
};

/**
 * One letter a step: `+` a call that succeeds, `-` one that fails, `x` a call that is refused,
 * `p` a permitted call whose outcome is still to come, `s` and `f` the outcome of such a call,
 * `w` the wait of an open circuit. A number repeats the letter behind it.
 */
const table: readonly {
  readonly behaviour: string;
  readonly steps: string;
  readonly state: CircuitState;
  readonly options?: Partial<CircuitBreakerOptions>;
}[] = [
  { behaviour: 'has no rate before 20 calls', steps: '19-', state: 'closed' },
  { behaviour: 'opens at the 20th call', steps: '20-', state: 'open' },
  { behaviour: 'refuses while open', steps: '20- 5x', state: 'open' },
  { behaviour: 'opens at exactly half', steps: '10+ 10-', state: 'open' },
  { behaviour: 'stays closed just below half', steps: '11+ 10-', state: 'closed' },
  { behaviour: 'opens on a success that completes the minimum', steps: '19- +', state: 'open' },
  {
    behaviour: 'forgets what is older than the window',
    steps: '49- 51+ 49+ 49-',
    state: 'closed',
    options: { minimumCalls: 100 },
  },
  {
    behaviour: 'counts the last 100 alone, however many were before',
    steps: '300+ 50-',
    state: 'open',
  },
  {
    behaviour: 'takes a full window for enough when the minimum is larger',
    steps: '4-',
    state: 'open',
    options: { windowSize: 4 },
  },
  {
    behaviour: 'opens with 60 failures and then 40 successes, checked at the 100th',
    steps: '60- 40+',
    state: 'open',
    options: { minimumCalls: 100 },
  },
  { behaviour: 'stays open until someone calls', steps: '20- w', state: 'open' },
  {
    behaviour: 'is half-open from the first call after the wait',
    steps: '20- w +',
    state: 'half-open',
  },
  { behaviour: 'has ten permits', steps: '20- w 10p 3x', state: 'half-open' },
  { behaviour: 'does not decide before ten outcomes', steps: '20- w 9-', state: 'half-open' },
  { behaviour: 'gives a permit back to nobody', steps: '20- w 9+ p x', state: 'half-open' },
  { behaviour: 'closes after ten outcomes below half', steps: '20- w 6+ 4-', state: 'closed' },
  { behaviour: 'opens again at half of ten', steps: '20- w 5+ 5-', state: 'open' },
  { behaviour: 'waits anew after it opened again', steps: '20- w 10- x', state: 'open' },
  { behaviour: 'closes with a fresh window', steps: '20- w 10+ 19-', state: 'closed' },
  { behaviour: 'ignores late outcomes while open', steps: '5p 20- 5s', state: 'open' },
  {
    behaviour: 'counts late outcomes of the closed state while half-open',
    steps: '5p 20- w 5+ 5f',
    state: 'open',
  },
  {
    behaviour: 'decides half-open by the minimum where that is less than the permits',
    steps: '5- w 5+',
    state: 'closed',
    options: { minimumCalls: 5 },
  },
];

describe('CircuitBreaker', () => {
  it.each(table)('$behaviour: $steps', ({ steps, state, options }) => {
    let nowMs = 1_000;
    const breaker = new CircuitBreaker({ ...kafka, ...options }, () => nowMs);
    const act: Record<string, () => void> = {
      '+': () => call(breaker, true),
      '-': () => call(breaker, false),
      x: () => expect(breaker.permit()).toBe(false),
      p: () => expect(breaker.permit()).toBe(true),
      s: () => breaker.record(true),
      f: () => breaker.record(false),
      w: () => {
        nowMs += 29_999;
        expect(breaker.permit()).toBe(false);
        expect(breaker.refusesForMs).toBe(1);
        nowMs += 1;
        expect(breaker.refusesForMs).toBe(0);
      },
    };
    for (const letter of letters(steps)) act[letter]?.();
    expect(breaker.state).toBe(state);
  });
});

function call(breaker: CircuitBreaker, isSuccess: boolean): void {
  expect(breaker.permit()).toBe(true);
  breaker.record(isSuccess);
}

function letters(steps: string): string[] {
  return [...steps.matchAll(/(\d*)(\D)/g)]
    .filter(([, , letter]) => letter !== ' ')
    .flatMap(([, count, letter]) => Array<string>(Number(count || 1)).fill(letter as string));
}
