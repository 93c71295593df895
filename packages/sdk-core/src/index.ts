export { AnalyticsError, type ErrorCode } from './errors.js';
