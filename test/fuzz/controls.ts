import { brokenCollectors } from './broken-collectors.js';
import { bundleProgram } from './bundle-program.js';
import { fuzzBounds } from './fuzz-bounds.js';
import { caseKinds } from './fuzz-case.js';
import { fuzzRun } from './fuzz-run.js';

export interface ControlReport {
  readonly caught: number;
  readonly all: number;
  readonly failures: readonly string[];
}

/** Runs every collector that is broken on purpose, or every `step`th, the first of them by the seed;
 *  each must be caught, by the right check. */
export async function runControls(
  seed: number,
  healthy: string,
  step: number,
): Promise<ControlReport> {
  const chosen = brokenCollectors.filter((_, index) => index % step === seed % step);
  const failures: string[] = [];
  for (const broken of chosen) {
    const { fault, seen, kinds = caseKinds, cases = fuzzBounds.controlCases } = broken;
    const { patient = 0, hangMs = 3_000 } = broken;
    const program = await bundleProgram('probed-collector.ts', [broken]);
    try {
      const run = await fuzzRun({
        ...{ seed, kinds, patient, hangMs, first: 0, aloneMs: 200, usualEvents: 0 },
        roundCases: Math.min(500, cases),
        programs: { collector: program.path, healthy },
        goesOn: (done) => done < cases,
      });
      const failure = run.failures.find((line) => seen.test(line));
      const said = failure ?? `NOT CAUGHT, only ${run.failures[0] ?? 'nothing'}`;
      console.log(`  ${fault}: ${said.replaceAll('\n', ' ').slice(0, 110)}`);
      if (failure === undefined) failures.push(`not caught: ${fault}: ${run.failures[0] ?? ''}`);
    } finally {
      await program.remove();
    }
  }
  return { caught: chosen.length - failures.length, all: chosen.length, failures };
}
