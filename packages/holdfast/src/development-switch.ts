import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackRequest } from '@holdfast/server-core/http/loopback';
import { parseParameters } from '@holdfast/storage/query/query-parameters';
import { QueryProblem, sendQueryProblem } from '@holdfast/storage/query/query-problem';
import { z } from 'zod';
import { holdfastLimits } from './limits.js';
import type { SwitchableSink } from './switchable-sink.js';

const path = '/dev/sink-down';

const parameters = z.strictObject({
  seconds: z.coerce.number().min(1).max(holdfastLimits.maxSinkDownSeconds).default(20),
});

/**
 * `POST /dev/sink-down?seconds=20` with the key `dev`, from this machine alone: the sink takes
 * nothing for so long. The key stands in a header, which no page of another origin can send.
 */
export class DevelopmentSwitch {
  readonly #sink: SwitchableSink;

  constructor(sink: SwitchableSink) {
    this.#sink = sink;
  }

  /** Whether this request is for the switch; if so, it is answered. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (url.pathname !== path) return false;
    try {
      checkCaller(request);
      const { seconds } = parseParameters(parameters, url.searchParams);
      this.#sink.takeDown(seconds * 1_000);
      response.writeHead(204, { 'cache-control': 'no-store' }).end();
    } catch (error) {
      if (!(error instanceof QueryProblem)) throw error;
      sendQueryProblem(response, error.code, error.message);
    }
    return true;
  }
}

function checkCaller(request: IncomingMessage): void {
  if (request.method !== 'POST') throw new QueryProblem('method_not_allowed', `${path} takes POST`);
  if (!isLoopbackRequest(request)) {
    throw new QueryProblem('loopback_only', `${path} is for this machine alone`);
  }
  if (request.headers.authorization !== 'Bearer dev') {
    throw new QueryProblem('unknown_write_key', `${path} needs Authorization: Bearer dev`);
  }
}
