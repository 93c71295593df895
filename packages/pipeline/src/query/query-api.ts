import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.js';
import { isLoopbackRequest } from '../http/loopback.js';
import { QueryProblem, sendProblem } from '../http/problem.js';
import { pipelineLimits } from '../limits.js';
import { QueryRefused, type RunQuery } from './database.js';
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
import type { QueryStore } from './query-store.js';
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
  readonly clock: Clock;
  /** Whether the server listens on loopback alone; elsewhere queries are refused for now. */
  readonly isLoopbackOnly: boolean;
  /** Told of failures that are no fault of the request. */
  readonly onError: (error: unknown) => void;
}

/** Whether a request is for the query API. Batches are POSTed to the path that lists events. */
export function isQuery({ url, method }: IncomingMessage): boolean {
  if (method === 'POST' || method === 'OPTIONS') return false;
  return endpoints.has(splitTarget(url ?? '/').pathname);
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

  /** Whether this request is for the query API; if so, it is being answered. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = splitTarget(request.url ?? '/');
    const endpoint = endpoints.get(pathname)!;
    this.#answer(request, endpoint, pathname, search).then(
      (body) => sendJson(request, response, body),
      (error: unknown) => this.#fail(response, error),
    );
  }

  async #answer(
    request: IncomingMessage,
    endpoint: Endpoint,
    pathname: string,
    search: string,
  ): Promise<string> {
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
    const key = `${pathname}?${search}`;
    const isTimeless = pathname !== '/v1/metrics/series' || search.includes('to=');
    const known = isTimeless ? this.#known(key, version) : undefined;
    if (known !== undefined) return known;
    const parameters = new URLSearchParams(search);
    const body = await store.read((query) => endpoint(query, parameters, clock.nowMs()));
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
    if (body.length > pipelineLimits.cachedAnswerBytes) return;
    if (this.#answers.size >= pipelineLimits.cachedAnswers) this.#answers.clear();
    this.#answers.set(key, body);
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (error instanceof QueryProblem || error instanceof QueryRefused) {
      sendProblem(response, error.code, error.message);
      return;
    }
    this.#parts.onError(error);
    sendProblem(response, 'query_failed', 'The query failed; the log says why');
  }
}

function splitTarget(target: string): { pathname: string; search: string } {
  const at = target.indexOf('?');
  if (at < 0) return { pathname: target, search: '' };
  return { pathname: target.slice(0, at), search: target.slice(at + 1) };
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
