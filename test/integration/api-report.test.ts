import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reports } from '../../scripts/api-report.js';

describe('the public API', () => {
  it.each(reports)('of $name is the one in its report (npm run build && npm run api)', (paths) => {
    expect(readFileSync(paths.built, 'utf8')).toBe(readFileSync(paths.report, 'utf8'));
  });
});
