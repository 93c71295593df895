/**
 * A kind of sink describes itself in its own folder: options with their help, what its acks stand
 * for, how it and its place for dead letters are made. `sink-kinds.ts` lists them; nothing else
 * knows one by name. What is heavy of it, such as a client library, is loaded by `create` alone.
 */
import type { Durable } from '@holdfast/protocol';
import type { OptionRule, OptionShape, OptionValues } from '@holdfast/server-core/options/option';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import type { EventSink } from './event-sink.js';

export interface SinkParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface SinkKind<Shape extends OptionShape = OptionShape> {
  /** As in `--sink`, and the `name` of its sinks. */
  readonly name: string;
  readonly options: Shape;
  /** What its options must be to each other; asked only where this sink is chosen. */
  readonly rules: readonly OptionRule<OptionValues<Shape>>[];
  /** What its acks may stand for. */
  readonly durables: readonly Durable[];
  /** A sink of it, not opened yet. */
  create(options: OptionValues<Shape>, parts: SinkParts): Promise<EventSink>;
  /** A sink for refused events, apart from the accepted ones, not opened yet. */
  createDeadLetters(options: OptionValues<Shape>, parts: SinkParts): Promise<EventSink>;
}

/** A kind whose functions know its own options. */
export function sinkKind<Shape extends OptionShape>(kind: SinkKind<Shape>): SinkKind<Shape> {
  return kind;
}
