/** Which of our source files V8 has run a function of, as its precise coverage tells. */

/** What V8 says of one script; `count` is how often the range ran since the last reading. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly FunctionCoverage[];
}

interface FunctionCoverage {
  readonly functionName: string;
  /** The first is the whole function, the others are branches of it. */
  readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
}

/** The functions that ran, as `name@offset`, by their file from the root of the repository. */
export type EnteredFiles = ReadonlyMap<string, readonly string[]>;

/** Reads what was entered since the last reading. */
export type ReadEntered = () => Promise<EnteredFiles>;

/** A script is one source file, whether tsx loaded it (`.ts`) or a page did (`.js`). */
const sourceUrl = /\/(packages\/[^/]+\/src\/[^?#]+)\.[jt]s(?:[?#]|$)/;

export function enteredFiles(scripts: readonly ScriptCoverage[]): EnteredFiles {
  const entered = new Map<string, readonly string[]>();
  for (const { url, functions } of scripts) {
    const name = sourceUrl.exec(url)?.[1];
    if (name === undefined) continue;
    const ran = functions.filter((each) => !isModule(each) && hasRun(each));
    if (ran.length > 0) entered.set(`${name}.ts`, ran.map(shownName));
  }
  return entered;
}

/** The code of a module itself, which runs as it is loaded, comes as a function without a name. */
function isModule({ functionName, ranges }: FunctionCoverage): boolean {
  return functionName === '' && ranges[0]?.startOffset === 0;
}

/** An async function under way since before has its own count at 0, but branches of it may run. */
function hasRun({ ranges }: FunctionCoverage): boolean {
  return ranges.some(({ count }) => count > 0);
}

function shownName({ functionName, ranges }: FunctionCoverage): string {
  return `${functionName === '' ? '=>' : functionName}@${ranges[0]?.startOffset}`;
}

/** What is in `files` and in none of `others`, function by function. */
export function without(files: EnteredFiles, others: EnteredFiles): EnteredFiles {
  const left = new Map<string, readonly string[]>();
  for (const [file, names] of files) {
    const own = names.filter((name) => !others.get(file)?.includes(name));
    if (own.length > 0) left.set(file, own);
  }
  return left;
}
