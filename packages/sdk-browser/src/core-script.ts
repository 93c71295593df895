/** The `<script>` build of the core: defines `Holdfast` with what `core.ts` exports. */
import { AnalyticsError, createAnalytics } from './core.js';

Object.assign(globalThis, { Holdfast: { AnalyticsError, createAnalytics } });
