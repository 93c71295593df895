/**
 * The `<script>` build: defines `Holdfast` with what `index.ts` and `dead-letters.ts` export.
 * Assigned by hand, because a bundler's own global comes with its machinery for module namespaces.
 */
import { deadLetters, resendDeadLetters } from './dead-letters.js';
import { AnalyticsError, createAnalytics } from './index.js';

Object.assign(globalThis, {
  Holdfast: { AnalyticsError, createAnalytics, deadLetters, resendDeadLetters },
});
