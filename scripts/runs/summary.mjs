/** What a run of many steps says as it goes, and at its end. */

/** Says before each step which it is, of how many, and how long all has taken. */
export class Progress {
  #startedMs = performance.now();
  #count = 0;
  #total;

  constructor(total) {
    this.#total = total;
  }

  get seconds() {
    return (performance.now() - this.#startedMs) / 1_000;
  }

  begin(name) {
    this.#count++;
    const step = `[${this.#count}/${this.#total}] ${name}`;
    console.log(`\n── ${step.padEnd(28)} ${clock(this.seconds)} elapsed`);
  }
}

/** The table, the failures by name, and as the last line the counts; sets how the process exits. */
export function summarize(results, seconds) {
  const width = Math.max(...results.map(({ name }) => name.length));
  console.log(`\n${'step'.padEnd(width)}  result   seconds  figures`);
  for (const { name, result, seconds, figures } of results) {
    const cells = [
      name.padEnd(width),
      result.padEnd(7),
      Math.round(seconds).toString().padStart(8),
    ];
    console.log(`${cells.join('  ')}  ${figures}`.trimEnd());
  }
  console.log(`${'all'.padEnd(width)}  ${''.padEnd(7)}  ${clock(seconds).padStart(8)}`);
  const failures = results.flatMap(({ failures }) => failures);
  if (failures.length > 0) console.log('\nfailed:');
  for (const failure of failures) console.log(`  ${failure}`);
  const sum = (what) => results.reduce((total, result) => total + (result[what] ?? 0), 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  if (results.some(({ result }) => result === 'FAILED')) process.exitCode = 1;
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
