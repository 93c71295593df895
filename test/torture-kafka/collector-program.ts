/**
 * The collector's own program, with its driver's answers written down; with TORTURE_BREAK its sink
 * is replaced by one that loses. Its arguments are those of holdfast-collector.
 */
import type { BreakMode } from './break-mode.js';
import { breakSink } from './break-sink.js';
import { recordSends } from './record-sends.js';

const {
  TORTURE_RECEIPTS = '',
  TORTURE_BREAK,
  HOLDFAST_KAFKA_BROKERS = '',
  HOLDFAST_KAFKA_TOPIC = '',
} = process.env;

recordSends(TORTURE_RECEIPTS);
if (TORTURE_BREAK) {
  breakSink(TORTURE_BREAK as BreakMode, HOLDFAST_KAFKA_BROKERS.split(','), HOLDFAST_KAFKA_TOPIC);
}
await import('../../packages/collector/src/cli.js');
