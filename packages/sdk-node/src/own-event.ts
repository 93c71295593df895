import {
  type AnalyticsEvent,
  type EventType,
  isUuidV7,
  type MemberFault,
  mendEvent,
  needsOfType,
  type Properties,
  shown,
} from '@holdfast/protocol';
import { AnalyticsError, type EventDraft } from '@holdfast/sdk-core';

/** What an app can say; reports are the client's own. */
export type MessageType = Exclude<EventType, 'report'>;

/** What a call came to. */
export interface OwnEvent {
  readonly draft: EventDraft;
  /** What was wrong with it, in words; undefined: nothing. */
  readonly told?: AnalyticsError | undefined;
  /** It can make no event. */
  readonly isUseless: boolean;
  /** It has something that has no meaning: a mistake in the app's code. */
  readonly isMistaken: boolean;
}

/** A client's context, as JSON has it, and its keys at all levels. */
export interface ClientContext {
  readonly context: Properties | undefined;
  readonly keys: number;
}

/** What the client takes of a call, with its own context below that of the event. */
export function ownEvent(type: MessageType, message: unknown, client: ClientContext): OwnEvent {
  const isObject = typeof message === 'object' && message !== null;
  const { members, faults } = mendEvent(isObject ? message : {}, client.keys);
  const words = isObject ? faults.map(inWords) : [`needs an object, not ${shown(message)}`];
  const missing = missingNeed(type, members);
  if (missing !== undefined && isObject) words.push(`needs ${missing}: dropped`);
  const isUndated = isObject && isIdUndated(members);
  if (isUndated) words.push(undatedId(members.eventId as string));
  const { context } = members as { context?: Properties };
  const draft = {
    ...members,
    type,
    context:
      client.context && context ? { ...client.context, ...context } : (context ?? client.context),
  };
  return {
    draft,
    told: words.length === 0 ? undefined : errorOf(type, words, faults),
    isUseless: missing !== undefined,
    isMistaken: !isObject || missing !== undefined || isUndated || faults.some(isLeftOut),
  };
}

type BeforeStore = (event: AnalyticsEvent) => AnalyticsEvent | null;

/** An app's rule, whose result is mended like a call; `tell` hears what was wrong with it. */
export function mendedRule(rule: BeforeStore, tell: (error: AnalyticsError) => void): BeforeStore {
  return (event) => {
    const kept = rule(event);
    if (typeof kept !== 'object' || kept === null) return kept;
    const { members, faults } = mendEvent(kept);
    members.timestamp ??= event.timestamp;
    const mended = members as unknown as AnalyticsEvent;
    const missing = missingNeed(mended.type, members);
    const words = faults.map(inWords);
    if (missing !== undefined) words.push(`gave an event without ${missing}: dropped`);
    const isReport = mended.type === 'report';
    if (isReport) words.push('gave a report, which only the client makes: dropped');
    if (words.length > 0) tell(errorOf('beforeStore', words, faults));
    return missing === undefined && !isReport ? mended : null;
  };
}

/** What an event of the type needs and this one has not; undefined: nothing. */
function missingNeed(type: string, members: Record<string, unknown>): string | undefined {
  const missing = (needsOfType.get(type) ?? []).filter((names) =>
    names.every((name) => members[name] === undefined),
  );
  return missing.length === 0 ? undefined : missing.map((names) => names.join(' or ')).join(', ');
}

/** All that was wrong with one call. */
export function errorOf(
  call: string,
  words: readonly string[],
  faults: readonly MemberFault[],
): AnalyticsError {
  const isCutAlone = words.length === faults.length && !faults.some(isLeftOut);
  const code = isCutAlone ? 'truncated' : 'invalid_event';
  return new AnalyticsError(code, `${call}(): ${words.join('; ')}`);
}

export function inWords({ member, kind, detail }: MemberFault): string {
  return `${member} ${detail}${kind === 'left_out' ? ': left out' : ''}`;
}

function isLeftOut({ kind }: MemberFault): boolean {
  return kind !== 'truncated';
}

function isIdUndated({ eventId, timestamp }: Record<string, unknown>): boolean {
  return typeof eventId === 'string' && timestamp === undefined && !isUuidV7(eventId);
}

function undatedId(eventId: string): string {
  return (
    `eventId ${JSON.stringify(eventId)} is no UUIDv7: give the event's own timestamp with it, ` +
    'so that every copy falls on the same day of deduplication'
  );
}
