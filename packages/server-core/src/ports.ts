/** What the collector asks of its surroundings, so that tests own time, chance and the log. */
export interface Clock {
  /** Wall clock, ms since the epoch. Only for timestamps: it may jump. */
  nowMs(): number;
  /** Never goes back. For every wait, age and rate. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; returns what cancels it. Only a timer with `keepsAlive` may
   *  keep the process running. */
  schedule(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void;
}

export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A new UUID. */
  uuid(): string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = { readonly [name: string]: string | number | boolean | undefined };

/** Never handed a body, a key or a query string. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}
