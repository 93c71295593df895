import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as collector from '../../packages/collector/src/limits.js';
import * as kafkaSink from '../../packages/collector/src/sinks/kafka/limits.js';
import * as pipeline from '../../packages/pipeline/src/limits.js';
import { limits } from '../../packages/protocol/src/limits.js';
import * as browserLimits from '../../packages/sdk-browser/src/limits.js';
import { browserDefaults } from '../../packages/sdk-browser/src/options.js';
import * as clientLimits from '../../packages/sdk-core/src/limits.js';
import * as sdkNode from '../../packages/sdk-node/src/limits.js';

const inCode: Record<string, object> = {
  limits,
  clientLimits,
  ...sdkNode,
  browserLimits,
  browserDefaults,
  ...collector,
  ...kafkaSink,
  ...pipeline,
};

/** Of each section that names a group of limits, its rows: name → value as it is written. */
function documented(): Map<string, Map<string, string>> {
  const path = fileURLToPath(new URL('../../docs/limits.md', import.meta.url));
  const groups = new Map<string, Map<string, string>>();
  let rows = new Map<string, string>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const group = /^## .*`(\w+)`$/.exec(line)?.[1];
    if (group !== undefined) {
      rows = new Map();
      groups.set(group, rows);
    }
    const row = /^\| `(\w+)` \| ([^|]+) \|/.exec(line);
    if (row !== null) rows.set(row[1]!, row[2]!);
  }
  return groups;
}

/** A value with its unit, which stands in its name, and without what explains it in brackets. */
function written(name: string, value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => `${key} ${part}`)
      .join(', ');
  }
  if (typeof value !== 'number') return String(value);
  const unit = name.endsWith('Ms') ? ' ms' : name.endsWith('Bytes') ? ' bytes' : '';
  return value.toLocaleString('en-US', { maximumFractionDigits: 10 }) + unit;
}

const unitSizes: Record<string, number> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
};

/** The value as it is written in brackets, in a larger unit. */
function explained(name: string, text: string): string | undefined {
  const [, count, unit] = /\((\d+) (\w+?)s?\)$/.exec(text) ?? [];
  return count && unit ? written(name, Number(count) * (unitSizes[unit] ?? 0)) : undefined;
}

describe('docs/limits.md', () => {
  const sections = documented();

  it('has a section for each group of limits, and no other', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(inCode).sort());
  });

  it.each(Object.keys(inCode))('says of each of %s what the code says', (group) => {
    const rows = [...(sections.get(group) ?? [])];
    const values = rows.map(([name, text]) => [name, text.replace(/ \([^)]*\)$/, '')] as const);
    for (const [i, [name, text]] of rows.entries()) {
      expect(explained(name, text) ?? values[i]![1], text).toBe(values[i]![1]);
    }
    const expected = Object.entries(inCode[group]!).map(([name, value]) => [
      name,
      written(name, value),
    ]);
    expect(Object.fromEntries(values)).toEqual(Object.fromEntries(expected));
  });
});
