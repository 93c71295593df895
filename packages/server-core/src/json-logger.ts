import type { Clock, LogFields, Logger, LogLevel } from './ports.js';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies LogLevel[];

/** Writes one JSON object a line through `write`; drops what is below `level`. */
export class JsonLogger implements Logger {
  readonly #lowest: number;
  readonly #clock: Clock;
  readonly #write: (line: string) => void;

  constructor(level: LogLevel, clock: Clock, write: (line: string) => void) {
    this.#lowest = logLevels.indexOf(level);
    this.#clock = clock;
    this.#write = write;
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(level) < this.#lowest) return;
    const time = new Date(this.#clock.nowMs()).toISOString();
    this.#write(`${JSON.stringify({ time, level, message, ...fields })}\n`);
  }
}

/** Keeps quiet: for a collector inside a test or another program. */
export const silentLogger: Logger = { log: () => undefined };
