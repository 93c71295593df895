/** What the all-in-one can be told: the collector's options, but for what its files rule out. */
import {
  type CollectorOptions,
  type CollectorShape,
  collectorOptions,
} from '@holdfast/collector/options';
import type { OptionRule, OptionSet } from '@holdfast/server-core/options/option';

const rules: readonly OptionRule<CollectorOptions>[] = [
  {
    about: ['sink'],
    // Queries run on the files: another sink would have events that no query shows.
    faults: ({ sink }) =>
      sink
        .filter((name) => name !== 'file')
        .slice(0, 1)
        .map(
          (name) => `--sink: holdfast keeps events in files; for ${name} run holdfast-collector`,
        ),
  },
  {
    about: ['listen'],
    faults: ({ listen }) =>
      listen === undefined
        ? []
        : ['--listen: the page of holdfast needs a port; for a socket run holdfast-collector'],
  },
];

export const holdfastOptions: OptionSet<CollectorShape> = {
  shape: collectorOptions.shape,
  rules: [...collectorOptions.rules, ...rules],
};

/** Where they are others than the collector's. */
export const holdfastDefaults = {
  data: './data',
  adminPort: 0,
  logLevel: 'warn',
  writeKey: ['dev=dev'],
};

/** Variables beside HOLDFAST_…, and what they set. */
export const holdfastVariables = { PORT: 'port' };
