/** Sends one case again to a collector of its own, and shows all there is to see of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaseRunner } from './case-runner.js';
import { CollectorUnderTest } from './collector-under-test.js';
import { FileStore } from './file-store.js';
import { fuzzBounds } from './fuzz-bounds.js';
import { caseKinds, caseOf } from './fuzz-case.js';

const shownBytes = 4_000;

/** Returns its failures. */
export async function replay(program: string, seed: number, number: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fuzz-'));
  const collector = await CollectorUnderTest.start(program, ['--data', folder]);
  try {
    const fuzzCase = caseOf(seed, number, caseKinds);
    const wire = Buffer.concat(fuzzCase.pieces);
    console.log(`${fuzzCase.kind}: ${fuzzCase.title}`);
    console.log(JSON.stringify(wire.subarray(0, shownBytes).toString('latin1')));
    const store = new FileStore(folder);
    const options = { seed, kinds: caseKinds, hangMs: fuzzBounds.hangMs, port: collector.port };
    const runner = new CaseRunner({ ...options, ledger: store.ledger });
    await runner.run(number, number + 1);
    const faults = await store.settle(runner.verdicts, runner.ackedByFraming);
    runner.close();
    console.log({ answers: runner.codes.toObject(), verdicts: runner.verdicts.toObject() });
    if (fuzzCase.form === 'posted') console.dir(fuzzCase.expected(), { depth: 4 });
    if (!collector.isRunning) faults.push(`the collector is gone: ${collector.output}`);
    return [...runner.failures, ...faults];
  } finally {
    collector.kill();
    await rm(folder, { recursive: true, force: true });
  }
}
