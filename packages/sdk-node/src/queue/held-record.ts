import type { Priority } from '@holdfast/protocol';
import type { EventJson, LeasedRecord, QueueRecord } from '@holdfast/sdk-core/ports';
import type { Segment } from './segment.js';

/**
 * A record that is in memory: where it is stored, and who has it.
 *
 * ```
 *            lease               settle
 * waiting ──────────▶ leased ─────────────▶ gone
 *                      │  ▲                  ▲
 *              release ▼  │ lease            │ settle: its verdict came late
 *                    released ───────────────┘
 * ```
 */
export class HeldRecord implements LeasedRecord {
  readonly eventId: string;
  readonly queueId: string;
  readonly seq: number;
  readonly priority: Priority;
  readonly json: EventJson;
  readonly sizeBytes: number;
  readonly serverTimeMs: number | null;
  readonly key: HeldRecord;
  /** Undefined: only in memory, because its folder is gone and could not be replaced. */
  segment: Segment | undefined;
  ordinal: number;
  state: 'waiting' | 'leased' | 'released' | 'gone' = 'waiting';

  constructor(record: QueueRecord, segment: Segment, ordinal: number) {
    this.eventId = record.eventId;
    this.queueId = record.queueId;
    this.seq = record.seq;
    // The segment's, should somebody have renamed it: by that one it is counted.
    this.priority = segment.priority;
    this.json = record.json;
    this.sizeBytes = record.sizeBytes;
    this.serverTimeMs = record.serverTimeMs;
    this.key = this;
    this.segment = segment;
    this.ordinal = ordinal;
  }
}
