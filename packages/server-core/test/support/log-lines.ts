import type { LogFields, Logger, LogLevel } from '../../src/ports.js';

/** Keeps what is logged. */
export class LogLines implements Logger {
  readonly lines: { level: LogLevel; message: string; fields: LogFields }[] = [];

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields });
  }

  messages(level: LogLevel): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.message);
  }
}
