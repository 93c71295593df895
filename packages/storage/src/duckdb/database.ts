import { mkdir, rm } from 'node:fs/promises';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBValue,
  listValue,
} from '@duckdb/node-api';
import type { Clock } from '@holdfast/server-core/ports';
import { storageLimits } from '../limits.js';

export type Row = Record<string, unknown>;
/** What `$name` stands for in a query. A list without members has no type: none is taken. */
export type QueryParameter = string | number | bigint | boolean | null | readonly string[];
export type RunQuery = (
  sql: string,
  parameters?: Readonly<Record<string, QueryParameter>>,
) => Promise<Row[]>;

/** The query could not be answered now; asking again later may help. */
export class QueryRefused extends Error {
  readonly code: 'overloaded' | 'query_timeout';

  constructor(code: 'overloaded' | 'query_timeout', message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * DuckDB in memory: what is in it can always be computed again from files. It is never a database
 * file, which one process alone could open.
 *
 * Invariants: at most `concurrentQueries` queries run and `waitingQueries` wait; each has a
 * connection of its own and an end, `queryTimeoutMs`. Writes share one further
 * connection, one after the other.
 */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #spillFolder: string;
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #free: number = storageLimits.concurrentQueries;
  readonly #writer: DuckDBConnection;
  #lastWrite: Promise<unknown> = Promise.resolve();

  private constructor(
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    spillFolder: string,
    clock: Pick<Clock, 'schedule'>,
  ) {
    this.#instance = instance;
    this.#writer = writer;
    this.#spillFolder = spillFolder;
    this.#clock = clock;
  }

  /** `spillFolder` is emptied: what a killed process left there is of no use. */
  static async open(spillFolder: string, clock: Pick<Clock, 'schedule'>): Promise<Database> {
    await rm(spillFolder, { recursive: true, force: true });
    await mkdir(spillFolder, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: storageLimits.databaseMemory,
      max_temp_directory_size: storageLimits.databaseSpill,
      temp_directory: spillFolder,
      threads: String(storageLimits.databaseThreads),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new Database(instance, await instance.connect(), spillFolder, clock);
  }

  /** Lets `work` run queries that all see the same state of the data. Temporary tables that it
   *  makes are its own and go with it. */
  async read<Result>(work: (query: RunQuery) => Promise<Result>): Promise<Result> {
    await this.#enter();
    const reading = this.#readSnapshot(work);
    this.#running.add(reading);
    try {
      return await reading;
    } finally {
      this.#running.delete(reading);
      this.#leave();
    }
  }

  /** Runs `work` with the connection for writes, when all earlier work on it has ended. */
  write<Result>(work: (writer: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const write = this.#lastWrite.then(() => work(this.#writer));
    // A failure is the caller's to handle; the next write must not be kept from running.
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  /** Runs `work` beside the queries, without their bounds in number and time. */
  async inBackground<Result>(
    work: (connection: DuckDBConnection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.#instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }

  /** Resolves when the queries that run now have ended. */
  async runningQueriesEnd(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async close(): Promise<void> {
    await this.runningQueriesEnd();
    await this.#lastWrite;
    this.#writer.closeSync();
    this.#instance.closeSync();
    await rm(this.#spillFolder, { recursive: true, force: true });
  }

  async #readSnapshot<Result>(work: (query: RunQuery) => Promise<Result>): Promise<Result> {
    const connection = await this.#instance.connect();
    let isLate = false;
    const cancel = this.#clock.schedule(storageLimits.queryTimeoutMs, () => {
      isLate = true;
      connection.interrupt();
    });
    try {
      await connection.run('BEGIN TRANSACTION');
      return await work(async (sql, parameters = {}) => {
        // An interrupt between two queries stops neither.
        if (isLate) throw new Error('interrupted');
        return (await connection.runAndReadAll(sql, values(parameters))).getRowObjects();
      });
    } catch (error) {
      if (!isLate) throw error;
      const message = `The query took longer than ${storageLimits.queryTimeoutMs} ms`;
      throw new QueryRefused('query_timeout', message, error);
    } finally {
      cancel();
      connection.closeSync();
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    if (this.#waiting.length >= storageLimits.waitingQueries) {
      throw new QueryRefused('overloaded', 'Too many queries wait; ask again in a moment');
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place to the query that has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

function values(parameters: Readonly<Record<string, QueryParameter>>): Record<string, DuckDBValue> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      isList(value) ? listValue([...value]) : value,
    ]),
  );
}

function isList(value: QueryParameter): value is readonly string[] {
  return Array.isArray(value);
}
