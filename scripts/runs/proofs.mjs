/**
 * The proofs, each a command of package.json that says last, in one JSON line, what it came to.
 *
 * Acts follow each other; the lanes of an act run side by side. What measures latency or memory, or
 * keeps all processors busy by itself, has the machine to itself: side by side they took longer.
 */
import { runCommand } from './run-command.mjs';

const sim = { name: 'sim', script: 'sim' };
const net = { name: 'torture:net', script: 'torture:net' };
const browser = { name: 'torture:browser', script: 'torture:browser' };
const kafka = { name: 'torture:kafka', script: 'torture:kafka' };
const fuzz = { name: 'fuzz', script: 'fuzz' };
const torture = { name: 'torture', script: 'torture' };
const tortureOf = (part) => ({
  ...{ name: `torture ${part}`, script: 'torture', args: ['--part', part] },
});

/** Each once; a quick round with Kafka waits for the end of a Retry-After most of the time. */
export const quickActs = [[[kafka], [sim, net, torture]], [[browser]], [[fuzz]]];

/** The same, as long as each takes to meet every kind of fault. */
export const fullActs = [
  [[kafka], [sim, tortureOf('corruption'), tortureOf('faults')]],
  [[tortureOf('kills')]],
  [[tortureOf('power')]],
  [[browser]],
  [[net]],
  [[fuzz]],
];

/** As long as they find something: each by its name, with what makes it long. */
export const soaks = [
  { ...sim, args: ['--seeds', '20000', '--without-mutants'] },
  { ...torture, args: ['--minutes', '15'] },
  { ...net, args: ['--minutes', '30'] },
  { ...browser, args: ['--minutes', '30'] },
  { ...kafka, args: ['--minutes', '60'] },
  { ...fuzz, args: ['--minutes', '60'] },
];

/** Runs acts, also after a proof has failed: each says something of its own. */
export async function runActs(acts, moreArgs, onStart) {
  const results = [];
  for (const lanes of acts) {
    const isAlone = lanes.length === 1;
    const work = async (lane) => {
      for (const proof of lane) {
        onStart(proof.name);
        results.push(await runProof(proof, moreArgs, isAlone));
      }
    };
    await Promise.all(lanes.map(work));
  }
  return results;
}

async function runProof({ name, script, args = [] }, moreArgs, isAlone) {
  let told;
  const failures = [];
  const onLine = (line) => {
    const json = line.startsWith('{"proof":') ? readJson(line) : undefined;
    if (json) {
      told = json;
      return undefined;
    }
    if (line.startsWith('FAILED ')) failures.push(`${name}: ${line.slice('FAILED '.length)}`);
    return isAlone ? line : `${name} | ${line}`;
  };
  const all = [...args, ...moreArgs];
  const { status, seconds } = await runCommand(
    ...['npm', ['run', '--silent', script, '--', ...all]],
    { onLine },
  );
  const isSkipped = status === 0 && told?.skipped !== undefined;
  if (status !== 0 && failures.length === 0) failures.push(`${name}: ended with ${status}`);
  const result = status !== 0 ? 'FAILED' : isSkipped ? 'skipped' : 'ok';
  const count = { passed: 0, failed: 0, skipped: 0 };
  count[{ ok: 'passed', FAILED: 'failed', skipped: 'skipped' }[result]] = 1;
  return { name, result, seconds, figures: told?.headline ?? '', failures, ...count };
}

function readJson(line) {
  try {
    return JSON.parse(line);
  } catch {
    // Something else that begins like it.
    return undefined;
  }
}
