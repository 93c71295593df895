/** An option is one zod schema: flag, variable, file member, help and type are all read off it. */
import * as z from 'zod';
import { serverLimits } from '../limits.js';

/** What --help says of an option, and where it may come from. */
export interface OptionInfo {
  /** What stands behind the flag, such as `PORT`; empty for a flag without a value. */
  readonly form: string;
  readonly help: string;
  /** Words for a default that says nothing by itself, such as `all` for an empty list. */
  readonly byDefault?: string;
  /** The option that it is a secret of: it is read only where that one is given, from its variable
   *  alone or a file that `<variable>_FILE` names. Flags stand in every process list. */
  readonly secretOf?: string;
  /** What is given is never repeated in a message. */
  readonly isSensitive?: boolean;
  /** The value names a file; what counts is the text in it. */
  readonly isFile?: boolean;
  /** One flag may hold several, with commas; variables always may. */
  readonly hasCommas?: boolean;
}

export type OptionShape = Readonly<Record<string, z.ZodType>>;
export type OptionValues<Shape extends OptionShape> = z.infer<
  z.ZodObject<{ -readonly [Name in keyof Shape]: Shape[Name] }>
>;

/** What options must be to each other. */
export interface OptionRule<Values> {
  /** The options it looks at; nothing is concluded from one that is wrong itself. */
  readonly about: readonly string[];
  faults(values: Values): readonly string[];
}

/** The options of a program. */
export interface OptionSet<Shape extends OptionShape> {
  readonly shape: Shape;
  readonly rules: readonly OptionRule<OptionValues<Shape>>[];
}

const infos = z.registry<OptionInfo>();

/** Makes an option of a schema; in a shape it is named as in the file, `writeKey`. */
export function option<Schema extends z.ZodType>(schema: Schema, info: OptionInfo): Schema {
  infos.add(schema, info);
  return schema;
}

export function infoOf(schema: z.ZodType): OptionInfo {
  return infos.get(schema) ?? { form: '', help: '' };
}

/** `flag`: true by its name alone. `list`: may be repeated. `optional`: a flag or a value. */
export type OptionKind = 'value' | 'list' | 'flag' | 'optional';

export function kindOf(schema: z.ZodType): OptionKind {
  if (schema.safeParse([]).success) return 'list';
  if (!schema.safeParse(true).success) return 'value';
  return infoOf(schema).form === '' ? 'flag' : 'optional';
}

/** writeKey → write-key */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** writeKey → HOLDFAST_WRITE_KEY */
export function variableName(name: string): string {
  return `HOLDFAST_${flagName(name).replaceAll('-', '_').toUpperCase()}`;
}

/** A whole number, also as text. */
export function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  const digits = z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number);
  return z
    .union([z.int(), digits], { error })
    .refine((value) => value >= min && value <= max, { error });
}

/** True or false, also as text. */
export const boolean = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  { error: 'must be true or false' },
);

/** At most `maxListItems` of an item. */
export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).max(serverLimits.maxListItems);
}

/** 1 to `maxTextLength` characters. */
export const text = z.string().min(1).max(serverLimits.maxTextLength);

/** What a file holds that an option names; nothing else that is given is ever taken for one. */
export class FileText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The text of a file; for an option with `isFile`. */
export function fileText(maxLength: number) {
  const error = `must name a file of at most ${maxLength} characters`;
  return z
    .instanceof(FileText, { error })
    .transform(({ text }) => text)
    .refine(({ length }) => length <= maxLength, { error });
}
