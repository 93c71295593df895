import { type DuckDBAppender, DuckDBTimestampValue } from '@duckdb/node-api';

export function appendText(appender: DuckDBAppender, value: string | null): void {
  if (value === null) appender.appendNull();
  else appender.appendVarchar(value);
}

export function appendInteger(appender: DuckDBAppender, value: number | null): void {
  if (value === null) appender.appendNull();
  else appender.appendBigInt(BigInt(value));
}

export function appendTime(appender: DuckDBAppender, ms: number): void {
  appender.appendTimestamp(new DuckDBTimestampValue(BigInt(ms) * 1_000n));
}
