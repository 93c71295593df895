import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { limitsDoc, limitsDocPath } from '../../scripts/limits-doc.js';
import { optionsDoc, optionsDocPath } from '../../scripts/options-doc.js';

describe('a page that is made of the code says what the code says: npm run docs', () => {
  it('docs/limits.md', async () => {
    expect(readFileSync(limitsDocPath, 'utf8'), 'run npm run docs').toBe(await limitsDoc());
  });

  it('docs/options.md', () => {
    expect(readFileSync(optionsDocPath, 'utf8'), 'run npm run docs').toBe(optionsDoc());
  });
});
