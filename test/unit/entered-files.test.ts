import { describe, expect, it } from 'vitest';
import { enteredFiles } from '../../scripts/entered-files/file-coverage.js';

const url = 'file:///repo/packages/sdk-core/src/intake.ts';

function ran(functionName: string, startOffset: number, ...counts: number[]) {
  return { functionName, ranges: counts.map((count) => ({ startOffset, count })) };
}

describe('the count of entered files', () => {
  it('names a file by the functions of it that ran', () => {
    const functions = [ran('accept', 40, 1), ran('', 60, 2), ran('stored', 90, 0)];
    expect([...enteredFiles([{ url, functions }])]).toEqual([
      ['packages/sdk-core/src/intake.ts', ['accept@40', '=>@60']],
    ]);
  });

  it('leaves out a file that was loaded, but of which no function ran', () => {
    expect(enteredFiles([{ url, functions: [ran('', 0, 1)] }]).size).toBe(0);
  });

  it('counts a function that was under way, and went on', () => {
    expect(enteredFiles([{ url, functions: [ran('run', 40, 0, 1)] }]).size).toBe(1);
  });

  it('knows a file by the script that a page has loaded', () => {
    const script = 'http://127.0.0.1:1/packages/sdk-browser/src/queue/row-key.js';
    const entered = enteredFiles([{ url: script, functions: [ran('next', 40, 1)] }]);
    expect([...entered.keys()]).toEqual(['packages/sdk-browser/src/queue/row-key.ts']);
  });

  it('leaves out what is none of our sources', () => {
    const scripts = ['node:http', 'file:///repo/packages/sdk-core/test/support/virtual-clock.ts'];
    const functions = [ran('run', 40, 1)];
    expect(enteredFiles(scripts.map((url) => ({ url, functions }))).size).toBe(0);
  });
});
