/** Collector, archive, queries and page in one process: the embedded default. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  type Clock,
  type Collector,
  type CollectorConfig,
  createCollector,
  FileSink,
  type Logger,
  nodeDisk,
  type Random,
  type SourceRecord,
} from '@holdfast/collector';
import { ArchiveLoop } from '../archive/archive-loop.js';
import { Archiver } from '../archive/archiver.js';
import { DuckdbConverter } from '../archive/duckdb-converter.js';
import { isLoopbackHost } from '../http/loopback.js';
import { isQuery, QueryApi } from '../query/query-api.js';
import { QueryStore } from '../query/query-store.js';
import { DevelopmentSwitch } from './development-switch.js';
import { PageFiles } from './page-files.js';
import { SwitchableSink } from './switchable-sink.js';

export interface HoldfastOptions {
  readonly collector: CollectorConfig;
  /** Holds everything that outlives a restart. */
  readonly dataFolder: string;
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
  readonly #deadLetters: FileSink;
  readonly #collector: Collector;
  #store: QueryStore | undefined;
  #archiving: ArchiveLoop | undefined;
  readonly #routes: readonly Route[];
  /** Resolves once queries can be answered; whoever asks before waits. */
  readonly #api: Promise<QueryApi>;
  #openApi: (api: QueryApi) => void = () => {};

  constructor(options: HoldfastOptions) {
    const { collector, dataFolder, clock, random, logger } = options;
    this.#options = options;
    this.#events = new FileSink({ folder: dataFolder, clock, random, logger });
    const deadLetterFolder = join(dataFolder, 'dead-letters');
    this.#deadLetters = new FileSink({ folder: deadLetterFolder, clock, random, logger });
    const sink = new SwitchableSink(this.#events, clock);
    this.#collector = createCollector(collector, {
      ...{ clock, random, logger },
      sinks: [sink],
      deadLetters: this.#deadLetters,
      routes: (request, response, url) =>
        this.#routes.some((route) => route(request, response, url)),
    });
    this.#api = new Promise((resolve) => {
      this.#openApi = resolve;
    });
    this.#routes = [this.#queryRoute(), this.#pageRoute(), this.#switchRoute(sink)];
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
    await this.#archiving?.stop();
    await this.#collector.stop();
    await this.#store?.close();
  }

  async #openStore(): Promise<void> {
    const { dataFolder, clock, random, collector, logger } = this.#options;
    const events = this.#events;
    this.#store = await QueryStore.open({
      events,
      deadLetters: this.#deadLetters,
      spillFolder: join(dataFolder, 'spill'),
      clock,
    });
    const archiver = new Archiver({
      folder: join(dataFolder, 'archive'),
      segments: events,
      converter: new DuckdbConverter(this.#store),
      disk: nodeDisk,
      newId: () => random.uuid(),
      onDamaged: (segment, bytes) =>
        logger.log('error', 'damaged segment kept', { segment, bytes }),
    });
    await archiver.recover();
    const onError = (error: unknown) =>
      logger.log('error', 'archiving failed', { error: String(error) });
    this.#archiving = new ArchiveLoop({ archiver, segments: events, clock, onError });
    this.#archiving.start();
    this.#openApi(
      new QueryApi({
        store: this.#store,
        clock,
        isLoopbackOnly: isLoopbackHost(collector.host ?? '127.0.0.1'),
        onError: (error) => logger.log('error', 'query failed', { error: String(error) }),
      }),
    );
  }

  #queryRoute(): Route {
    return (request, response) => {
      if (!isQuery(request)) return false;
      void this.#api.then((api) => api.handle(request, response));
      return true;
    };
  }

  #pageRoute(): Route {
    const files = new PageFiles(this.#options.pageFolder);
    return (request, response, url) => files.handle(request, response, url);
  }

  #switchRoute(sink: SwitchableSink): Route {
    const hasDevelopmentKey = this.#options.collector.sources.some(({ writeKeys }) =>
      writeKeys.includes('dev'),
    );
    if (!hasDevelopmentKey) return () => false;
    const development = new DevelopmentSwitch(sink);
    return (request, response, url) => development.handle(request, response, url);
  }
}
