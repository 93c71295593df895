export type {
  LatestEvents,
  Ledger,
  LedgerCounts,
  QueueLedger,
  Rejection,
  Rejections,
  Series,
  Top,
} from '@holdfast/storage/query/answers';
export { type HoldfastOptions, HoldfastServer } from './holdfast-server.js';
