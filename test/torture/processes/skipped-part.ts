import type { PartReport } from '../part-report.js';

/** The report of a part that this machine does not allow; with CI=true that is a failure. */
export function skippedPart(part: string): PartReport {
  const failures = process.env.CI === 'true' ? [`CI=true: ${part} may not be skipped`] : [];
  return { part, figures: { skipped: 1 }, failures };
}
