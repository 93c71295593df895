import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { closeServer, createHttpServer, listen } from '@holdfast/server-core/http/http-server';
import { sendJson, sendRefusal } from '@holdfast/server-core/http/problem';
import { listenOnSocket } from '@holdfast/server-core/http/unix-socket';
import { silentLogger } from '@holdfast/server-core/json-logger';
import { serverLimits } from '@holdfast/server-core/limits';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import { refusal } from '@holdfast/server-core/refusal';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { settledWithin } from '@holdfast/server-core/within';
import { Admission } from './admission/admission.js';
import { LoadShedder } from './admission/load-shedder.js';
import { LoopDelay } from './admission/loop-delay.js';
import {
  defaultRetryAfterRange,
  RetryAfter,
  type RetryAfterRange,
} from './admission/retry-after.js';
import { SinkLatency } from './admission/sink-latency.js';
import { SourceRates } from './admission/source-rates.js';
import { MemorySeenEvents } from './dedup/memory-seen-events.js';
import type { SeenEvents } from './dedup/seen-events.js';
import { StoreOnce } from './dedup/store-once.js';
import type { Dialect } from './dialects/dialect.js';
import { HoldfastDialect } from './dialects/holdfast-dialect.js';
import { collectorLimits } from './limits.js';
import { CollectorMetrics } from './metrics/collector-metrics.js';
import { ClientIp, type ClientIpDetail } from './receive/client-of.js';
import { BatchReceiver } from './receive/receive-batch.js';
import type { EventSink } from './sinks/event-sink.js';
import { ConfigKeeper } from './sources/config-keeper.js';
import { KeyStore } from './sources/key-store.js';
import { SourceCache } from './sources/source-cache.js';
import type { SourceKeeper } from './sources/source-keeper.js';
import type { SourceRecord } from './sources/source-record.js';

/** What a collector is told; only `sources` has no default. */
export interface CollectorConfig {
  readonly sources: readonly SourceRecord[];
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 8080; 0 takes a free one. */
  readonly port?: number | undefined;
  /** A Unix socket to listen on instead of that port; /metrics stays on `host`, `adminPort`. */
  readonly socketPath?: string | undefined;
  /** Default 9090; 0 takes a free one. */
  readonly adminPort?: number | undefined;
  /** Named in every ack; default `default`. */
  readonly region?: string | undefined;
  /** Named in every ack, only ever raised; default 0. */
  readonly epoch?: number | undefined;
  /** How long `stop()` may take; default 25 s. */
  readonly drainMs?: number | undefined;
  /** What is recorded of a client's address; default `none`. */
  readonly clientIp?: ClientIpDetail | undefined;
  /** Addresses or CIDRs of proxies whose X-Forwarded-For is believed; default none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** While few wait; default 5–60 s: see `limits.ts`. */
  readonly retryAfter?: RetryAfterRange | undefined;
}

/** Serves a request of a path that the collector does not own; false if it knows no such path. */
export type ExtraRoutes = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export interface CollectorDeps {
  /** Each must store an event before it is acked; the collector opens and closes them. */
  readonly sinks: readonly EventSink[];
  /** Where refused events are kept; `rejected` is answered only once it has them. Opened and
   *  closed by the collector. If left out, refused events are kept nowhere. */
  readonly deadLetters?: EventSink | undefined;
  readonly routes?: ExtraRoutes | undefined;
  /** How clients may speak; default: our own dialect alone. */
  readonly dialects?: readonly Dialect[] | undefined;
  readonly seenEvents?: SeenEvents | undefined;
  /** Who keeps the sources and their keys; default: `config.sources`. */
  readonly sourceKeeper?: SourceKeeper | undefined;
  /** A file for the keeper's last answer, for a start while it is away. */
  readonly sourceCachePath?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
}

/** A collector that is not started yet. */
export function createCollector(config: CollectorConfig, deps: CollectorDeps): Collector {
  return new Collector(config, deps);
}

/** HTTP in, durable sinks out. */
export class Collector {
  readonly #config: CollectorConfig;
  readonly #deps: CollectorDeps;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #keys: KeyStore;
  readonly #loop: LoopDelay;
  readonly #metrics: CollectorMetrics;
  readonly #receiver: BatchReceiver;
  /** By path. */
  readonly #dialects: ReadonlyMap<string, Dialect>;
  readonly #server: Server;
  readonly #adminServer: Server;
  readonly #ownSources: ConfigKeeper;
  #isReady = false;
  #stopping: Promise<void> | undefined;

  constructor(config: CollectorConfig, deps: CollectorDeps) {
    const { clock = systemClock, random = systemRandom, logger = silentLogger } = deps;
    this.#config = config;
    this.#deps = deps;
    this.#logger = logger;
    this.#clock = clock;
    this.#ownSources = new ConfigKeeper(config.sources);
    const { dialects = [new HoldfastDialect()] } = deps;
    this.#dialects = new Map(
      dialects.flatMap((dialect) => dialect.paths.map((path) => [path, dialect] as const)),
    );
    this.#keys = this.#createKeys();
    this.#loop = new LoopDelay(clock);
    const sinkLatency = new SinkLatency(clock);
    const shedder = new LoadShedder({ loop: this.#loop, sinks: sinkLatency });
    this.#metrics = this.#createMetrics(shedder);
    const { sinks, deadLetters } = deps;
    const seen = deps.seenEvents ?? new MemorySeenEvents(collectorLimits.maxSeenEvents);
    this.#receiver = new BatchReceiver({
      region: config.region ?? 'default',
      epoch: config.epoch ?? 0,
      admission: new Admission({
        ...{ keys: this.#keys, rates: new SourceRates(clock, random), shedder, sinks },
        retryAfter: new RetryAfter({
          range: config.retryAfter ?? defaultRetryAfterRange,
          minReturnsPerSecond: collectorLimits.minReturnsPerSecond,
          ...{ clock, random },
        }),
      }),
      store: new StoreOnce(sinks, seen),
      clientIp: new ClientIp(config.clientIp ?? 'none', config.trustedProxies ?? []),
      metrics: this.#metrics,
      ...{ sinks, deadLetters, sinkLatency, clock, random, logger },
    });
    this.#server = createHttpServer((request, response, url) =>
      this.#route(request, response, url),
    );
    this.#adminServer = createHttpServer((request, response, url) =>
      this.#routeAdmin(request, response, url),
    );
  }

  /** Opens the sinks, then listens. Rejects if a sink can never work or a port is taken. Resolves
   *  with the ports; on a Unix socket `port` is 0. */
  async start(): Promise<{ port: number; adminPort: number }> {
    const { host = '127.0.0.1', adminPort = 9090, socketPath } = this.#config;
    try {
      const boundAdminPort = await listen(this.#adminServer, host, adminPort);
      this.#loop.start();
      await this.#keys.open();
      for (const sink of this.#allSinks()) await sink.open();
      const port = await this.#listen(host);
      this.#isReady = true;
      const where = socketPath === undefined ? { host, port } : { socketPath };
      this.#logger.log('info', 'listening', { ...where, adminPort: boundAdminPort });
      return { port, adminPort: boundAdminPort };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #listen(host: string): Promise<number> {
    const { port = 8080, socketPath } = this.#config;
    if (socketPath === undefined) return listen(this.#server, host, port);
    await listenOnSocket(this.#server, socketPath);
    return 0;
  }

  /** Answers what is under way, refuses the rest, and closes within `drainMs`. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain(this.#config.drainMs ?? serverLimits.drainMs);
    return this.#stopping;
  }

  /** Takes over changed write keys, origins and permissions, unless a keeper was given. */
  async replaceSources(sources: readonly SourceRecord[]): Promise<void> {
    this.#ownSources.replace(sources);
    await this.#keys.reload();
  }

  /** Without a keeper the configuration is the list: it is always there. */
  #createKeys(): KeyStore {
    const { sourceKeeper, sourceCachePath } = this.#deps;
    const logger = this.#logger;
    return new KeyStore({
      keeper: sourceKeeper ?? this.#ownSources,
      cache: sourceCachePath === undefined ? undefined : new SourceCache(sourceCachePath, logger),
      clock: this.#clock,
      logger,
    });
  }

  #createMetrics(shedder: LoadShedder): CollectorMetrics {
    const { sinks, deadLetters } = this.#deps;
    const live = () => ({
      bytesInFlight: shedder.bytesInFlight,
      requestsInFlight: this.#receiver.active,
      pressure: shedder.pressure,
      loopDelayMs: this.#loop.delayMs,
      isReady: this.#isReady,
    });
    return new CollectorMetrics(sinks, live, deadLetters === undefined ? [] : [deadLetters]);
  }

  async #drain(drainMs: number): Promise<void> {
    this.#isReady = false;
    const clock = this.#clock;
    const deadline = clock.monotonicMs() + drainMs;
    this.#logger.log('info', 'draining');
    await settledWithin(clock, drainMs, this.#receiver.drain());
    await closeServer(this.#server);
    this.#keys.close();
    this.#loop.stop();
    const leftMs = Math.max(0, deadline - clock.monotonicMs());
    await Promise.all(this.#allSinks().map((sink) => this.#closeSink(sink, leftMs)));
    await closeServer(this.#adminServer);
    this.#logger.log('info', 'stopped');
  }

  #allSinks(): EventSink[] {
    const { sinks, deadLetters } = this.#deps;
    return deadLetters === undefined ? [...sinks] : [...sinks, deadLetters];
  }

  async #closeSink(sink: EventSink, timeoutMs: number): Promise<void> {
    try {
      await sink.close(timeoutMs);
    } catch (error) {
      // What it acked is stored; a handle that cannot be closed must not keep the others open.
      this.#logger.log('error', 'sink not closed', { sink: sink.name, error: String(error) });
    }
  }

  #route(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const dialect = this.#dialects.get(url.pathname);
    if (dialect && request.method === 'POST') {
      void this.#receiver.post(request, response, url, dialect);
    } else if (dialect && request.method === 'OPTIONS') this.#receiver.preflight(response, dialect);
    else if (this.#routeHealth(request, response, url)) return;
    else if (this.#deps.routes?.(request, response, url) === true) return;
    else if (dialect) sendRefusal(request, response, refusal('method_not_allowed'));
    else notFound(response);
  }

  #routeAdmin(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (this.#routeHealth(request, response, url)) return;
    if (url.pathname !== '/metrics' || request.method !== 'GET') notFound(response);
    else {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(this.#metrics.render());
    }
  }

  #routeHealth(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (url.pathname === '/healthz') sendJson(response, 200, { isAlive: true });
    else if (url.pathname === '/readyz') {
      sendJson(response, this.#isReady ? 200 : 503, { isReady: this.#isReady });
    } else return false;
    return true;
  }
}

/** Not a code of the closed list: a client that posts to the wrong path keeps its events. */
function notFound(response: ServerResponse): void {
  sendJson(response, 404, { title: 'not found' });
}
