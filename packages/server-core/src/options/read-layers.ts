/** Gathers the options as text from flags, environment and file, before anything is judged. */
import { flagName, infoOf, kindOf, type OptionShape, variableName } from './option.js';

export interface Setting {
  readonly value: unknown;
  /** What a message shows instead. */
  readonly shown?: unknown;
  /** Where it was said, for a message: `--port`, `HOLDFAST_PORT`, `port in holdfast.json`. */
  readonly origin: string;
}

export type Settings = ReadonlyMap<string, Setting>;

export interface Layer {
  readonly settings: Settings;
  readonly faults: readonly string[];
}

export type ReadFile = (path: string) => string;

export function readFlags(shape: OptionShape, args: readonly string[]): Layer {
  const nameOfFlag = new Map(publicNames(shape).map((name) => [`--${flagName(name)}`, name]));
  const settings = new Map<string, Setting>();
  const faults: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag = '', ...rest] = args[i]!.split('=');
    const name = nameOfFlag.get(flag);
    if (name === undefined) {
      faults.push(`${flag}: no such option`);
      continue;
    }
    const kind = kindOf(shape[name]!);
    const inline = rest.length > 0 ? rest.join('=') : undefined;
    const following = args[i + 1]?.startsWith('--') === false ? args[i + 1] : undefined;
    const value = inline ?? (kind === 'flag' ? undefined : following);
    if (inline === undefined && value !== undefined) i++;
    if (value !== undefined || kind === 'flag' || kind === 'optional') {
      addFlag(settings, shape, name, value ?? true);
    } else faults.push(`${flag}: needs a value, ${infoOf(shape[name]!).form}`);
  }
  return { settings, faults };
}

/** `others`: variables beside HOLDFAST_…, which count before them, and what they set. */
export function readEnvironment(
  shape: OptionShape,
  environment: NodeJS.ProcessEnv,
  others: { readonly [variable: string]: string } = {},
): Layer {
  const settings = new Map<string, Setting>();
  for (const name of publicNames(shape)) {
    const names = Object.keys(others).filter((variable) => others[variable] === name);
    const origin = [variableName(name), ...names].find((variable) => environment[variable]);
    const text = origin && environment[origin];
    if (!text) continue;
    const isList = kindOf(shape[name]!) === 'list';
    settings.set(name, { value: isList ? splitList(text) : text, origin });
  }
  return { settings, faults: [] };
}

/** The secrets of those options that are given. */
export function readSecrets(
  shape: OptionShape,
  given: Settings,
  environment: NodeJS.ProcessEnv,
  readFile: ReadFile,
): Layer {
  const settings = new Map<string, Setting>();
  const faults: string[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    const { secretOf } = infoOf(schema);
    if (secretOf === undefined || !given.has(secretOf)) continue;
    const origin = variableName(name);
    const path = environment[`${origin}_FILE`];
    const secret =
      path === undefined ? environment[origin] : readText(path, origin, readFile, faults);
    if (secret) settings.set(name, { value: secret, origin });
  }
  return { settings, faults };
}

/** The `--config` file: one JSON object. */
export function readConfigFile(shape: OptionShape, path: string, readFile: ReadFile): Layer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFile(path));
  } catch (error) {
    return { settings: new Map(), faults: [`--config: ${path}: ${(error as Error).message}`] };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { settings: new Map(), faults: [`--config: ${path} holds no JSON object`] };
  }
  const names = new Set(publicNames(shape).filter((name) => name !== 'config'));
  const settings = new Map<string, Setting>();
  const faults: string[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (!names.has(name)) faults.push(`${name} in ${path}: no such option`);
    else settings.set(name, { value, origin: `${name} in ${path}` });
  }
  return { settings, faults };
}

/** A file's text without the spaces around it. */
export function readText(
  path: string,
  origin: string,
  readFile: ReadFile,
  faults: string[],
): string | undefined {
  try {
    return readFile(path).trim();
  } catch (error) {
    faults.push(`${origin}: ${path}: ${(error as Error).message}`);
    return undefined;
  }
}

function publicNames(shape: OptionShape): string[] {
  return Object.keys(shape).filter((name) => infoOf(shape[name]!).secretOf === undefined);
}

function addFlag(
  settings: Map<string, Setting>,
  shape: OptionShape,
  name: string,
  value: string | true,
): void {
  const schema = shape[name]!;
  const origin = `--${flagName(name)}`;
  if (kindOf(schema) !== 'list') {
    settings.set(name, { value, origin });
    return;
  }
  const earlier = (settings.get(name)?.value ?? []) as unknown[];
  const more = infoOf(schema).hasCommas ? splitList(String(value)) : [value];
  settings.set(name, { value: [...earlier, ...more], origin });
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
