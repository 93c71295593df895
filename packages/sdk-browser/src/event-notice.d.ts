import type { QueueRecord } from '@holdfast/sdk-core';
/** An event as other tabs need to know it: enough to count it, without its text. */
export type EventNotice = Pick<QueueRecord, 'queueId' | 'seq' | 'priority' | 'sizeBytes'>;
export declare function noticeOf({ queueId, seq, priority, sizeBytes }: QueueRecord): EventNotice;
