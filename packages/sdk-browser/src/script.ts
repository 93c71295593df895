/**
 * The `<script>` build: defines `Holdfast` with what `index.ts` exports. Assigned by hand, because
 * a bundler's own global comes with its machinery for module namespaces.
 */
import { AnalyticsError, createAnalytics } from './index.js';

Object.assign(globalThis, { Holdfast: { AnalyticsError, createAnalytics } });
