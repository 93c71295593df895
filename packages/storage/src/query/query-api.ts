import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackRequest } from '@holdfast/server-core/http/loopback';
import type { Clock } from '@holdfast/server-core/ports';
import { QueryRefused, type RunQuery } from '../duckdb/database.js';
import type { QueryStore } from '../duckdb/query-store.js';
import { storageLimits } from '../limits.js';
import { latestEventsJson } from './latest-events.js';
import { ledger } from './ledger.js';
import {
  eventsParameters,
  ledgerParameters,
  parseParameters,
  rejectionsParameters,
  seriesParameters,
  seriesRequest,
  topParameters,
} from './query-parameters.js';
import { QueryProblem, sendQueryProblem } from './query-problem.js';
import { rejections } from './rejections.js';
import { series } from './series.js';
import { top } from './top.js';

/** Answers one path: JSON text for what the query string asks. */
type Endpoint = (query: RunQuery, search: URLSearchParams, nowMs: number) => Promise<string>;

const endpoints = new Map<string, Endpoint>([
  [
    '/v1/metrics/top',
    async (query, search) =>
      JSON.stringify(await top(query, parseParameters(topParameters, search))),
  ],
  [
    '/v1/metrics/series',
    async (query, search, nowMs) => {
      const request = seriesRequest(parseParameters(seriesParameters, search), nowMs);
      return JSON.stringify(await series(query, request));
    },
  ],
  [
    '/v1/events',
    (query, search) => latestEventsJson(query, parseParameters(eventsParameters, search)),
  ],
  [
    '/v1/ledger',
    async (query, search) => {
      const { queue } = parseParameters(ledgerParameters, search, ['queue']);
      return JSON.stringify(await ledger(query, { queueIds: queue }));
    },
  ],
  [
    '/v1/rejections',
    async (query, search) => {
      const { limit } = parseParameters(rejectionsParameters, search);
      return JSON.stringify(await rejections(query, limit));
    },
  ],
]);

export interface QueryApiParts {
  readonly store: QueryStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether the server listens on loopback alone; elsewhere queries are refused for now. */
  readonly isLoopbackOnly: boolean;
  /** Told of failures that are no fault of the request. */
  readonly onError: (error: unknown) => void;
}

/** Whether a request is for the query API. Batches are POSTed to the path that lists events. */
export function isQuery({ method }: IncomingMessage, { pathname }: URL): boolean {
  return method !== 'POST' && method !== 'OPTIONS' && endpoints.has(pathname);
}

/**
 * The query API over HTTP. An answer shows all that was acked before the request came.
 *
 * Nothing may be cached by others (`no-store`); answers are kept here until new events arrive.
 */
export class QueryApi {
  readonly #parts: QueryApiParts;
  readonly #answers = new Map<string, string>();
  #answersVersion = -1;

  constructor(parts: QueryApiParts) {
    this.#parts = parts;
  }

  /** Answers a request that {@link isQuery} has told to be one. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): void {
    this.#answer(request, url).then(
      (body) => sendJson(request, response, body),
      (error: unknown) => this.#fail(response, error),
    );
  }

  async #answer(request: IncomingMessage, url: URL): Promise<string> {
    const { pathname, search, searchParams } = url;
    const endpoint = endpoints.get(pathname)!;
    const { store, clock, isLoopbackOnly } = this.#parts;
    if (!isLoopbackOnly || !isLoopbackRequest(request)) {
      throw new QueryProblem(
        'loopback_only',
        'Queries have no access control yet, so they are answered on the loopback address alone: ' +
          'listen on 127.0.0.1 and ask there',
      );
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new QueryProblem('method_not_allowed', `${pathname} takes GET`);
    }
    await store.refresh();
    const version = store.version;
    const key = pathname + search;
    const isTimeless = pathname !== '/v1/metrics/series' || search.includes('to=');
    const known = isTimeless ? this.#known(key, version) : undefined;
    if (known !== undefined) return known;
    const body = await store.read((query) => endpoint(query, searchParams, clock.nowMs()));
    if (isTimeless) this.#remember(key, version, body);
    return body;
  }

  #known(key: string, version: number): string | undefined {
    return version === this.#answersVersion ? this.#answers.get(key) : undefined;
  }

  #remember(key: string, version: number, body: string): void {
    if (version !== this.#answersVersion) {
      this.#answers.clear();
      this.#answersVersion = version;
    }
    if (body.length > storageLimits.cachedAnswerBytes) return;
    if (this.#answers.size >= storageLimits.cachedAnswers) this.#answers.clear();
    this.#answers.set(key, body);
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (error instanceof QueryProblem || error instanceof QueryRefused) {
      sendQueryProblem(response, error.code, error.message);
      return;
    }
    this.#parts.onError(error);
    sendQueryProblem(response, 'query_failed', 'The query failed; the log says why');
  }
}

function sendJson(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
