import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenCollectors, brokenKafkaSinks } from '../fuzz/broken-collectors.js';
import { mutants } from '../simulation/mutants/mutants.js';
import { faultOfChange, root, type SourceChange } from '../support/source-change.js';
import { breaks } from '../torture/processes/breaks.js';
import { smallSizes } from '../torture/processes/bundles.js';
import { breaks as browserBreaks } from '../torture-browser/breaks.js';
import { breaks as netBreaks } from '../torture-net/breaks.js';

/** Every change that a proof makes to the sources on their way into a bundle, by its name. */
const lists: Record<string, readonly (readonly [name: string, change: SourceChange])[]> = {
  'bugs of the simulator': mutants.map((mutant) => [mutant.name, mutant]),
  'broken collectors of the fuzz': brokenCollectors.map((each) => [each.fault, each]),
  'broken Kafka sinks of the fuzz': brokenKafkaSinks.map((each) => [each.fault, each]),
  'breaks of torture': Object.entries(breaks).map(([name, { change }]) => [name, change]),
  'breaks of torture:net': Object.entries(netBreaks).map(([name, { change }]) => [name, change]),
  'breaks of torture:browser': Object.entries(browserBreaks),
  'small sizes of torture': smallSizes.map((change) => [change.from, change]),
};

describe.each(Object.entries(lists))('the %s', (_, changes) => {
  it('name a text that stands in its source file exactly once', () => {
    expect(changes.flatMap(([name, change]) => faultsOf(name, change))).toEqual([]);
  });

  it('change it, each in a way of its own', () => {
    expect(changes.filter(([, { from, to }]) => from === to)).toEqual([]);
    expect(new Set(changes.map(([name]) => name)).size).toBe(changes.length);
    const places = changes.map(([, { file, from, to }]) => JSON.stringify([file, from, to]));
    expect(new Set(places).size).toBe(changes.length);
  });
});

function faultsOf(name: string, change: SourceChange): string[] {
  const path = join(root, change.file);
  if (!existsSync(path)) return [`${name}: there is no ${change.file}`];
  const fault = faultOfChange(change, readFileSync(path, 'utf8'));
  return fault === undefined ? [] : [`${name}: ${fault}`];
}
