/**
 * What `npm run soak` runs: the proofs in their long forms, one after the other, for hours; or the
 * one that is named. Further arguments go to each: `npm run soak -- sim --seed 40001`.
 */
import { runActs, soaks } from './runs/proofs.mjs';
import { Progress, summarize } from './runs/summary.mjs';

const [first = '', ...rest] = process.argv.slice(2);
const isNamed = first !== '' && !first.startsWith('-');
const chosen = isNamed ? soaks.filter(({ name }) => name === first) : soaks;
const args = isNamed || first === '' ? rest : [first, ...rest];

if (args.includes('--help') || chosen.length === 0) {
  if (chosen.length === 0) console.error(`soak: there is no proof ${first}`);
  console.log('npm run soak -- [PROOF] [--seed FIRST] [options of the proof]\n');
  for (const { name, args } of soaks) console.log(`  ${name.padEnd(16)} ${args.join(' ')}`);
  process.exitCode = chosen.length === 0 ? 78 : 0;
} else {
  const progress = new Progress(chosen.length);
  const acts = chosen.map((proof) => [[proof]]);
  const results = await runActs(acts, args, (name) => progress.begin(name));
  summarize(results, progress.seconds);
}
