/**
 * The wire's shapes as zod schemas: what servers validate configuration-like input with and what
 * tests compare the collector's scanner to. For servers: zod is far too big for a browser, hence
 * this subpath of its own.
 *
 * They judge parsed values, so what only bytes show (sizes, repeated keys, overflowing numbers,
 * `__proto__`, depth) is the scanner's alone.
 */
import * as z from 'zod';
import { durables } from './ack.js';
import { type ProblemCode, problemStatuses } from './codes.js';
import { priorities } from './event.js';
import { needsOfType } from './event-needs.js';
import { limits } from './limits.js';

const count = z.int().min(0);
const name = z.string().min(1).max(limits.maxNameLength);
// An absent member is absent: JSON knows no undefined, and the interfaces forbid it.
const properties = z.record(z.string(), z.unknown());
const id = (maxLength: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9._:-]+$/)
    .max(maxLength);

/** RFC 3339 with a capital T and Z, on a day that exists, without a leap second. */
export const timestampSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/)
  .refine((text) => {
    const [hour, minute] = text.endsWith('Z') ? [0, 0] : text.slice(-5).split(':').map(Number);
    if (hour! > 23 || minute! > 59 || text.slice(11, 13) === '24') return false;
    // Date rolls the 30th of February over into March; only a real day comes back as it went in.
    const day = new Date(`${text.slice(0, 19)}Z`);
    return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 19) === text.slice(0, 19);
  });

const seqsByName = z.record(z.string(), z.array(z.int().min(1)));

/** The properties of an event of type `report`. */
export const reportPropertiesSchema = z.looseObject({
  queueId: name,
  reporter: name,
  lastSeq: count.exactOptional(),
  dropped: z.record(z.string(), count),
  droppedSeqs: seqsByName.exactOptional(),
  rejectedSeqs: seqsByName.exactOptional(),
});

const commonEventSchema = z.looseObject({
  type: name,
  eventId: id(limits.maxEventIdLength),
  timestamp: timestampSchema,
  userId: name.exactOptional(),
  anonymousId: name.exactOptional(),
  sessionId: name.exactOptional(),
  event: name.exactOptional(),
  name: name.exactOptional(),
  groupId: name.exactOptional(),
  previousId: name.exactOptional(),
  properties: properties.exactOptional(),
  traits: properties.exactOptional(),
  context: properties.exactOptional(),
  priority: z.enum(priorities).exactOptional(),
  queue: z.looseObject({ id: name, seq: z.int().min(1) }).exactOptional(),
});
type CommonEvent = z.infer<typeof commonEventSchema>;

/** One event: the common members, and what its type needs. Unknown types are accepted. */
export const eventSchema = commonEventSchema.superRefine((event, context) => {
  for (const missing of missingMembers(event)) {
    context.addIssue({ code: 'custom', message: `${missing} is missing`, path: [missing] });
  }
  if (event.type === 'report' && event.properties !== undefined) {
    const report = reportPropertiesSchema.safeParse(event.properties);
    for (const issue of report.error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: issue.message, path: ['properties'] });
    }
  }
});

/** A batch whose events are not looked at yet: each is judged alone. */
export const batchSchema = z.looseObject({
  batchId: id(limits.maxBatchIdLength).exactOptional(),
  sentAt: timestampSchema.exactOptional(),
  epoch: count.exactOptional(),
  events: z.array(z.unknown()).max(limits.maxBatchEvents),
});

const verdictSchema = z.object({
  index: count,
  eventId: z.string().optional(),
  code: z.string(),
  detail: z.string().optional(),
});

/** The body of a 200. */
export const ackSchema = z
  .object({
    batchId: z.string(),
    region: z.string(),
    epoch: count,
    durable: z.array(z.enum(durables)),
    accepted: count,
    duplicates: count,
    rejected: z.array(verdictSchema),
    retry: z.array(verdictSchema),
  })
  .refine(({ rejected, retry }) => {
    const indexes = [...rejected, ...retry].map((verdict) => verdict.index);
    return new Set(indexes).size === indexes.length;
  });

/** The body of an error: the code decides the status. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(problemStatuses) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().exactOptional(),
  })
  .refine(({ code, status }) => problemStatuses[code] === status);

function missingMembers(event: CommonEvent): string[] {
  return (needsOfType.get(event.type) ?? [])
    .filter((group) => group.every((member) => event[member] === undefined))
    .map((group) => group.join(' or '));
}
