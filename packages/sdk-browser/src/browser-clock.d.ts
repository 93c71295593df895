import type { Clock } from '@holdfast/sdk-core';
/** The platform's time. */
export declare const browserClock: Clock;
