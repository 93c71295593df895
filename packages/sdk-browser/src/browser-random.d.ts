import type { Random } from '@holdfast/sdk-core';
/** The platform's chance. */
export declare const browserRandom: Random;
