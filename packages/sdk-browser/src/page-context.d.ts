import type { Properties } from '@holdfast/protocol';
/** Where an event happened, as far as it is free to know; undefined where there is no page. */
export declare function pageContext(): Properties | undefined;
