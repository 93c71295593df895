/** Collector, archive, queries and page in one process: the embedded default. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  type Collector,
  type CollectorConfig,
  createCollector,
  DeadLetterFiles,
  FileSink,
  type SourceRecord,
} from '@holdfast/collector';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { isLoopbackHost } from '@holdfast/server-core/http/loopback';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import { ArchiveLoop } from '@holdfast/storage/archive/archive-loop';
import { Archiver, type ArchiverParts } from '@holdfast/storage/archive/archiver';
import { DuckdbConverter } from '@holdfast/storage/duckdb/duckdb-converter';
import { archivedEvents } from '@holdfast/storage/duckdb/event-table';
import { QueryStore } from '@holdfast/storage/duckdb/query-store';
import { archivedRejections } from '@holdfast/storage/duckdb/rejection-table';
import { isQuery, QueryApi } from '@holdfast/storage/query/query-api';
import { DevelopmentSwitch } from './development-switch.js';
import { PageFiles } from './page-files.js';
import { SwitchableSink } from './switchable-sink.js';

export interface HoldfastOptions {
  readonly collector: CollectorConfig;
  /** Holds everything that outlives a restart. */
  readonly dataFolder: string;
  /** Of dead letters; what is older is deleted but for what the ledger counts. Default 256 MB. */
  readonly maxDeadLetterBytes?: number | undefined;
  /** The built page. */
  readonly pageFolder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export class HoldfastServer {
  readonly #options: HoldfastOptions;
  readonly #events: FileSink;
  readonly #deadLetters: DeadLetterFiles;
  readonly #collector: Collector;
  #store: QueryStore | undefined;
  readonly #archiving: ArchiveLoop[] = [];
  readonly #routes: readonly Route[];
  /** Resolves once queries can be answered; whoever asks before waits. */
  readonly #api: Promise<QueryApi>;
  #openApi: (api: QueryApi) => void = () => {};

  constructor(options: HoldfastOptions) {
    const { collector, dataFolder, clock, random, logger } = options;
    this.#options = options;
    this.#events = new FileSink({ folder: dataFolder, clock, random, logger });
    this.#deadLetters = new DeadLetterFiles({
      ...{ folder: join(dataFolder, 'dead-letters'), clock, random, logger },
      maxBytes: options.maxDeadLetterBytes,
      deletes: 'when-told',
    });
    const hasDevelopmentKey = collector.sources.some(({ writeKeys }) => writeKeys.includes('dev'));
    const sink = hasDevelopmentKey ? new SwitchableSink(this.#events, clock) : undefined;
    this.#collector = createCollector(collector, {
      ...{ clock, random, logger },
      sinks: [sink ?? this.#events],
      deadLetters: this.#deadLetters,
      routes: (request, response, url) =>
        this.#routes.some((route) => route(request, response, url)),
    });
    this.#api = new Promise((resolve) => {
      this.#openApi = resolve;
    });
    this.#routes = [this.#queryRoute(), this.#pageRoute(), ...(sink ? [switchRoute(sink)] : [])];
  }

  /** Resolves with the port once everything can be asked. Rejects if it can never work. */
  async start(): Promise<number> {
    const { port } = await this.#collector.start();
    try {
      await this.#openStore();
    } catch (error) {
      await this.stop();
      throw error;
    }
    return port;
  }

  /** Takes over changed write keys, origins and permissions. */
  async replaceSources(sources: readonly SourceRecord[]): Promise<void> {
    await this.#collector.replaceSources(sources);
  }

  /** Answers what is under way, then closes; what was acked is on disk. Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.#archiving.map((loop) => loop.stop()));
    await this.#collector.stop();
    await this.#store?.close();
  }

  async #openStore(): Promise<void> {
    const { dataFolder, clock, collector, logger } = this.#options;
    const store = await QueryStore.open({
      events: this.#events,
      deadLetters: this.#deadLetters,
      spillFolder: join(dataFolder, 'spill'),
      clock,
    });
    this.#store = store;
    await this.#startArchiving({
      folder: join(dataFolder, 'archive'),
      segments: this.#events,
      converter: new DuckdbConverter(store, store.events, archivedEvents),
    });
    await this.#startArchiving({
      folder: join(dataFolder, 'dead-letters', 'archive'),
      segments: this.#deadLetters,
      due: (sealed) => this.#deadLetters.beyondBound(sealed),
      converter: new DuckdbConverter(store, store.deadLetters, archivedRejections),
    });
    this.#openApi(
      new QueryApi({
        store,
        clock,
        isLoopbackOnly: isLoopbackHost(collector.host ?? '127.0.0.1'),
        onError: (error) => logger.log('error', 'query failed', { error: String(error) }),
      }),
    );
  }

  /** What is archived is known before anything is read from segments. */
  async #startArchiving(
    parts: Pick<ArchiverParts, 'folder' | 'segments' | 'due' | 'converter'>,
  ): Promise<void> {
    const { clock, random, logger } = this.#options;
    const archiver = new Archiver({
      ...parts,
      disk: nodeDisk,
      newId: () => random.uuid(),
      onDamaged: (segment, bytes) =>
        logger.log('error', 'damaged segment kept', { segment, bytes }),
    });
    await archiver.recover();
    const onError = (error: unknown) =>
      logger.log('error', 'archiving failed', { folder: parts.folder, error: String(error) });
    const loop = new ArchiveLoop({ archiver, segments: parts.segments, clock, onError });
    this.#archiving.push(loop);
    loop.start();
  }

  #queryRoute(): Route {
    return (request, response, url) => {
      if (!isQuery(request, url)) return false;
      void this.#api.then((api) => api.handle(request, response, url));
      return true;
    };
  }

  #pageRoute(): Route {
    const files = new PageFiles(this.#options.pageFolder);
    return (request, response, url) => files.handle(request, response, url);
  }
}

function switchRoute(sink: SwitchableSink): Route {
  const development = new DevelopmentSwitch(sink);
  return (request, response, url) => development.handle(request, response, url);
}
