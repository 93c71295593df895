import { limits } from '@holdfast/protocol';
import { z } from 'zod';
import { storageLimits } from '../limits.js';
import { parseCursor } from './latest-events.js';
import { QueryProblem } from './query-problem.js';
import type { SeriesRequest } from './series.js';

const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(storageLimits.maxRows)
  .default(storageLimits.defaultRows);
const name = z.string().min(1).max(limits.maxNameLength);
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const interval = z
  .string()
  .regex(/^[1-9]\d{0,4}[smhd]$/, 'must be a number and s, m, h or d, as in 5m')
  .transform((text) => Number(text.slice(0, -1)) * unitMs[text.at(-1) as keyof typeof unitMs]);

export const topParameters = z.strictObject({
  by: z.enum(['event', 'type', 'source']).default('event'),
  limit,
  source: name.optional(),
});

export const seriesParameters = z.strictObject({
  event: name.optional(),
  source: name.optional(),
  interval: interval.default(unitMs.h),
  from: instant.optional(),
  to: instant.optional(),
});

export const eventsParameters = z.strictObject({
  limit,
  source: name.optional(),
  after: z
    .string()
    .max(2 * limits.maxNameLength)
    .transform((text, context) => {
      const cursor = parseCursor(text);
      if (cursor === undefined) context.addIssue('must be the `next` of an earlier answer');
      return cursor;
    })
    .optional(),
});

export const ledgerParameters = z.strictObject({
  queue: z.array(name).max(storageLimits.ledgerQueueIds).optional(),
});

export const rejectionsParameters = z.strictObject({ limit });

/** The parameters of a query string, or a problem that names every fault. */
export function parseParameters<Schema extends z.ZodType>(
  schema: Schema,
  search: URLSearchParams,
  lists: readonly string[] = [],
): z.output<Schema> {
  const given: Record<string, unknown> = {};
  for (const key of new Set(search.keys())) {
    const values = search.getAll(key);
    given[key] = lists.includes(key) || values.length > 1 ? values : values[0];
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new QueryProblem('invalid_parameter', faults.join('; '));
}

/** The last 60 intervals, unless `from` and `to` say otherwise; widened to whole intervals. */
export function seriesRequest(
  { interval, from, to, ...rest }: z.output<typeof seriesParameters>,
  nowMs: number,
): SeriesRequest {
  const toMs = Math.ceil((to ?? nowMs + 1) / interval) * interval;
  const fromMs = from === undefined ? toMs - 60 * interval : Math.floor(from / interval) * interval;
  const points = (toMs - fromMs) / interval;
  if (points < 1) throw new QueryProblem('invalid_parameter', 'from: must be before to');
  if (points > storageLimits.maxSeriesPoints) {
    const detail = `interval: gives ${points} points of at most ${storageLimits.maxSeriesPoints}`;
    throw new QueryProblem('invalid_parameter', detail);
  }
  return { ...rest, intervalMs: interval, fromMs, toMs };
}
