export type {
  LatestEvents,
  Ledger,
  LedgerCounts,
  QueueLedger,
  Rejection,
  Rejections,
  Series,
  Top,
} from './answers.js';
export { type HoldfastOptions, HoldfastServer } from './holdfast/holdfast-server.js';
