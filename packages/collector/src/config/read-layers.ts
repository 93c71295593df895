/** Gathers the options as text from flags, environment and file, before anything is judged. */
import { flagName, type OptionRow, optionTable, variableName } from './option-table.js';

export interface Setting {
  readonly value: unknown;
  /** Where it was said, for a message: `--port`, `HOLDFAST_PORT`, `port in holdfast.json`. */
  readonly origin: string;
}

export type Settings = ReadonlyMap<string, Setting>;

export interface Layer {
  readonly settings: Settings;
  readonly faults: readonly string[];
}

const rowsByFlag = new Map(optionTable.map((row) => [`--${flagName(row.name)}`, row]));
const namesOfFile = new Set(optionTable.map((row) => row.name).filter((name) => name !== 'config'));

export function readFlags(args: readonly string[]): Layer {
  const settings = new Map<string, Setting>();
  const faults: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag = '', ...rest] = args[i]!.split('=');
    const row = rowsByFlag.get(flag);
    if (row === undefined) {
      faults.push(`${flag}: no such option`);
      continue;
    }
    const inline = rest.length > 0 ? rest.join('=') : undefined;
    const following = args[i + 1]?.startsWith('--') === false ? args[i + 1] : undefined;
    const value = inline ?? (row.kind === 'flag' ? undefined : following);
    if (inline === undefined && value !== undefined) i++;
    if (value === undefined && row.kind !== 'flag' && row.kind !== 'optional') {
      faults.push(`${flag}: needs a value, ${row.placeholder}`);
    } else addFlag(settings, row, flag, value ?? true);
  }
  return { settings, faults };
}

/** `others`: variables beside HOLDFAST_…, which count before them, and what they set. */
export function readEnvironment(
  environment: NodeJS.ProcessEnv,
  others: { readonly [variable: string]: string } = {},
): Layer {
  const settings = new Map<string, Setting>();
  for (const row of optionTable) {
    const names = Object.keys(others).filter((variable) => others[variable] === row.name);
    const origin = [variableName(row.name), ...names].find((name) => environment[name]);
    if (origin === undefined) continue;
    const text = environment[origin] ?? '';
    settings.set(row.name, { value: row.kind === 'list' ? splitList(text) : text, origin });
  }
  return { settings, faults: [] };
}

/** The `--config` file: one JSON object. */
export function readConfigFile(path: string, readFile: (path: string) => string): Layer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFile(path));
  } catch (error) {
    return { settings: new Map(), faults: [`--config: ${path}: ${(error as Error).message}`] };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { settings: new Map(), faults: [`--config: ${path} holds no JSON object`] };
  }
  const settings = new Map<string, Setting>();
  const faults: string[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (!namesOfFile.has(name)) faults.push(`${name} in ${path}: no such option`);
    else settings.set(name, { value, origin: `${name} in ${path}` });
  }
  return { settings, faults };
}

function addFlag(
  settings: Map<string, Setting>,
  row: OptionRow,
  origin: string,
  value: string | true,
): void {
  if (row.kind !== 'list') {
    settings.set(row.name, { value, origin });
    return;
  }
  const earlier = settings.get(row.name)?.value ?? [];
  const more = row.name === 'kafkaBrokers' ? splitList(String(value)) : [value];
  settings.set(row.name, { value: [...(earlier as unknown[]), ...more], origin });
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
