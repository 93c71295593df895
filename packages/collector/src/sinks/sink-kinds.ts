/** The one list of sinks: what `--sink` may name. */
import type { OptionShape } from '@holdfast/server-core/options/option';
import type { EventSink } from './event-sink.js';
import { fileSinkKind } from './file/file-sink-kind.js';
import { kafkaSinkKind } from './kafka/kafka-sink-kind.js';
import type { SinkKind, SinkParts } from './sink-kind.js';

const kinds = [fileSinkKind, kafkaSinkKind] as const;

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** Each function of a kind is called with the options of all. */
export const sinkKinds: readonly SinkKind[] = kinds as unknown as readonly SinkKind[];

export const sinkNames: readonly string[] = sinkKinds.map(({ name }) => name);

/** The options of all kinds. */
export const sinkOptions = Object.assign(
  {},
  ...sinkKinds.map(({ options }) => options),
) as Intersection<(typeof kinds)[number]['options']> & OptionShape;

/** What the sinks are made of: their names and the options of all kinds. */
export type SinkChoice = { readonly sink: readonly string[] } & Parameters<
  SinkKind<typeof sinkOptions>['create']
>[0];

/** The chosen sinks, not opened yet. */
export function createSinks(choice: SinkChoice, parts: SinkParts): Promise<EventSink[]> {
  return Promise.all(choice.sink.map((name) => kindNamed(name).create(choice, parts)));
}

/** Where refused events are kept, beside the first of the chosen sinks: not opened yet. */
export function createDeadLetters(choice: SinkChoice, parts: SinkParts): Promise<EventSink> {
  return kindNamed(choice.sink[0] ?? '').createDeadLetters(choice, parts);
}

function kindNamed(name: string): SinkKind {
  const kind = sinkKinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`no sink ${name}, which the options refuse`);
  return kind;
}
