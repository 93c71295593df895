/**
 * Stands in for vitest inside a page, so that a contract suite can run where the real IndexedDB
 * is: collects the cases, runs them one after the other, and hands back what became of each.
 */
import { ChaiStyleAssertions, JestAsymmetricMatchers, JestChaiExpect } from '@vitest/expect';
import * as chai from 'chai';

export interface CaseResult {
  readonly name: string;
  /** Undefined: it passed. */
  readonly failure: string | undefined;
}

type Step = () => unknown;

const caseTimeoutMs = 10_000;
const path: string[] = [];
const before: Step[] = [];
const after: Step[] = [];
const cases: { readonly name: string; readonly run: Step }[] = [];

for (const plugin of [JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers]) {
  if (plugin) chai.use(plugin);
}

export const expect = (value: unknown): unknown => chai.expect(value);

export function describe(name: string, define: () => void): void {
  path.push(name);
  define();
  path.pop();
}

export function it(name: string, run: Step): void {
  cases.push({ name: [...path, name].join(' > '), run });
}

export function beforeEach(step: Step): void {
  before.push(step);
}

export function afterEach(step: Step): void {
  after.push(step);
}

/** Runs everything that was defined. */
export async function runAll(): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { name, run } of cases) {
    results.push({ name, failure: await failureOf([...before, run]) });
    await failureOf(after);
  }
  return results;
}

async function failureOf(steps: readonly Step[]): Promise<string | undefined> {
  try {
    for (const step of steps) {
      await Promise.race([
        step(),
        new Promise((_, reject) =>
          setTimeout(() => reject(new Error('took too long')), caseTimeoutMs),
        ),
      ]);
    }
    return undefined;
  } catch (error) {
    return String(error instanceof Error ? error.stack : error);
  }
}
