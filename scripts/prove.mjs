/**
 * What `npm run prove` runs: the proofs, each as long as it takes to meet every kind of fault. CI
 * runs them after `npm test`. Arguments go to each of them.
 */
import { fullActs, runActs } from './runs/proofs.mjs';
import { Progress, summarize } from './runs/summary.mjs';

const progress = new Progress(fullActs.flat(2).length);
const results = await runActs(fullActs, process.argv.slice(2), (name) => progress.begin(name));
summarize(results, progress.seconds);
