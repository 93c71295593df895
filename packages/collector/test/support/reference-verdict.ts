/** What a collector must say of a body, worked out the slow way: JSON.parse, a tree, and zod. */
import { limits } from '@holdfast/protocol';
import { batchSchema, eventSchema } from '@holdfast/protocol/schemas';
import { type Node, readTree } from './reference-json.js';

export type ReferenceEvent =
  | { kind: 'valid'; eventId: string; text: string }
  | { kind: 'rejected'; code: string | undefined };

export type ReferenceBatch =
  | { kind: 'batch'; events: ReferenceEvent[] }
  | { kind: 'problem'; code: string };

export function referenceBatch(body: Buffer): ReferenceBatch {
  let text: string;
  let tree: Node;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return { kind: 'problem', code: 'invalid_utf8' };
  }
  try {
    tree = readTree(text);
  } catch {
    return { kind: 'problem', code: 'invalid_json' };
  }
  if (tree.kind !== 'object') return { kind: 'problem', code: 'invalid_batch' };
  const events = tree.entries.find(([key]) => key === 'events')?.[1];
  const names = new Set(tree.entries.map(([key]) => key));
  if (events?.kind === 'array' && events.items.length > limits.maxBatchEvents) {
    return { kind: 'problem', code: 'too_many_events' };
  }
  const isBatch = batchSchema.safeParse(JSON.parse(text)).success;
  if (!isBatch || names.size < tree.entries.length || names.size > 64 || events?.kind !== 'array') {
    return { kind: 'problem', code: 'invalid_batch' };
  }
  return { kind: 'batch', events: events.items.map((item) => referenceEvent(item, text)) };
}

function referenceEvent(node: Node, body: string): ReferenceEvent {
  const text = body.slice(node.start, node.end);
  const code = structuralCode(node, text);
  if (code !== undefined) return { kind: 'rejected', code };
  const parsed = eventSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return { kind: 'rejected', code: undefined };
  return { kind: 'valid', eventId: parsed.data.eventId, text: text.replace(/[\r\n]/g, ' ') };
}

function structuralCode(node: Node, text: string): string | undefined {
  const keys = keysOf(node);
  if (Buffer.byteLength(text) > limits.maxEventBytes) return 'too_large';
  if (depthOf(node) > limits.maxDepth) return 'too_deep';
  if (keys.length > limits.maxKeys) return 'too_many_keys';
  if (keys.includes('__proto__')) return 'forbidden_key';
  if (
    node.kind === 'object' &&
    new Set(node.entries.map(([key]) => key)).size < node.entries.length
  )
    return 'repeated_key';
  const scalars = [...scalarsOf(node), ...keys];
  if (scalars.some((value) => typeof value === 'number' && !Number.isFinite(value)))
    return 'number_out_of_range';
  if (scalars.some((value) => typeof value === 'string' && /\p{Surrogate}/u.test(value)))
    return 'lone_surrogate';
  return node.kind === 'object' ? undefined : 'invalid_event';
}

function childrenOf(node: Node): Node[] {
  if (node.kind === 'object') return node.entries.map(([, value]) => value);
  return node.kind === 'array' ? node.items : [];
}

function depthOf(node: Node): number {
  return node.kind === 'scalar' ? 0 : 1 + Math.max(0, ...childrenOf(node).map(depthOf));
}

function keysOf(node: Node): string[] {
  const own = node.kind === 'object' ? node.entries.map(([key]) => key) : [];
  return [...own, ...childrenOf(node).flatMap(keysOf)];
}

function scalarsOf(node: Node): unknown[] {
  return node.kind === 'scalar' ? [node.value] : childrenOf(node).flatMap(scalarsOf);
}
