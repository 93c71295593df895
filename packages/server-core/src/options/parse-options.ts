import * as z from 'zod';
import { helpText, type ProgramText } from './help-text.js';
import {
  FileText,
  flagName,
  infoOf,
  type OptionSet,
  type OptionShape,
  type OptionValues,
  option,
  text,
} from './option.js';
import {
  type Layer,
  type ReadFile,
  readConfigFile,
  readEnvironment,
  readFlags,
  readSecrets,
  readText,
  type Setting,
  type Settings,
} from './read-layers.js';

export interface OptionsInput extends ProgramText {
  /** Without node and script. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly readFile: ReadFile;
  /** Counts where nothing else says anything; named as in the file. */
  readonly defaults?: { readonly [name: string]: unknown } | undefined;
  /** Variables beside HOLDFAST_…, and the options that they set: those count before them. */
  readonly variables?: { readonly [variable: string]: string } | undefined;
}

export type ParsedOptions<Values> =
  | { readonly kind: 'run'; readonly options: Values }
  | { readonly kind: 'check'; readonly options: Values }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

const config = option(text.optional(), {
  form: 'FILE',
  help: 'JSON file with the options below, named as in logLevel',
});

/** Reads the options of a program; lists every fault at once. */
export function parseOptions<Shape extends OptionShape>(
  { shape, rules }: OptionSet<Shape>,
  input: OptionsInput,
): ParsedOptions<OptionValues<Shape>> {
  const { args, defaults } = input;
  const all = { config, ...shape };
  if (args.includes('--help') || args.includes('-h')) {
    return { kind: 'help', text: helpText(input, all, defaults) };
  }
  if (args.includes('--version')) return { kind: 'version' };
  const isCheck = args[0] === 'check';
  const layers = readLayers(all, input, isCheck ? args.slice(1) : args);
  const faults = layers.flatMap((layer) => layer.faults);
  const given = new Map(layers.flatMap((layer) => [...layer.settings]));
  const secrets = readSecrets(shape, given, input.environment, input.readFile);
  faults.push(...secrets.faults);
  const settings = withFiles(shape, new Map([...given, ...secrets.settings]), input, faults);
  const { options, issues } = judgeEach(shape, settings);
  for (const issue of issues) faults.push(describe(issue, shape, settings));
  const unsound = new Set(issues.map(nameOf));
  for (const rule of rules) {
    if (!rule.about.some((name) => unsound.has(name))) faults.push(...rule.faults(options));
  }
  if (faults.length > 0) return { kind: 'invalid', faults };
  return { kind: isCheck ? 'check' : 'run', options };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function nameOf({ path }: Issue): string {
  return String(path[0]);
}

/** Judges each option by itself; one that is wrong has its default. */
function judgeEach<Shape extends OptionShape>(
  shape: Shape,
  settings: Settings,
): { options: OptionValues<Shape>; issues: readonly Issue[] } {
  const schema = z.object(shape);
  const given = [...settings].map(([name, { value }]) => [name, value] as const);
  const judged = schema.safeParse(Object.fromEntries(given));
  if (judged.success) return { options: judged.data as OptionValues<Shape>, issues: [] };
  const { issues } = judged.error;
  const unsound = new Set(issues.map(nameOf));
  const sound = given.filter(([name]) => !unsound.has(name));
  return { options: schema.parse(Object.fromEntries(sound)) as OptionValues<Shape>, issues };
}

/** Lowest first, so that later ones win. */
function readLayers(shape: OptionShape, input: OptionsInput, args: readonly string[]): Layer[] {
  const { readFile } = input;
  const flags = readFlags(shape, args);
  const environment = readEnvironment(shape, input.environment, input.variables);
  const path = (flags.settings.get('config') ?? environment.settings.get('config'))?.value;
  const defaults: Layer = {
    settings: new Map(
      Object.entries(input.defaults ?? {}).map(([name, value]) => [
        name,
        { value, origin: `the default of --${flagName(name)}` },
      ]),
    ),
    faults: [],
  };
  const file = typeof path === 'string' ? [readConfigFile(shape, path, readFile)] : [];
  return [defaults, ...file, environment, flags];
}

/** Puts the text of files where options name them. */
function withFiles(
  shape: OptionShape,
  settings: Settings,
  { readFile }: Pick<OptionsInput, 'readFile'>,
  faults: string[],
): Settings {
  const read = new Map<string, Setting>();
  for (const [name, setting] of settings) {
    const { value, origin } = setting;
    const schema = shape[name];
    const isPath = typeof value === 'string' && value !== 'true' && value !== 'false';
    if (schema && infoOf(schema).isFile && isPath) {
      const content = readText(value, origin, readFile, faults);
      if (content === undefined) continue;
      read.set(name, { value: new FileText(content), shown: value, origin });
    } else read.set(name, setting);
  }
  return read;
}

function describe(issue: Issue, shape: OptionShape, settings: Settings): string {
  const name = nameOf(issue);
  const index = issue.path[1];
  const setting = settings.get(name);
  const value = setting?.value;
  const given = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  const { secretOf, isSensitive } = infoOf(shape[name]!);
  const shown =
    secretOf !== undefined || isSensitive ? '' : `, not ${JSON.stringify(setting?.shown ?? given)}`;
  return `${setting?.origin ?? `--${flagName(name)}`}: ${issue.message}${shown}`;
}
