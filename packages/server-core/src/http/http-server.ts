/** node:http with bounds: every header, body and connection has a time and a size. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type ProblemCode, problemMediaType, problemStatuses } from '@holdfast/protocol';
import { serverLimits } from '../limits.js';
import { refusal } from '../refusal.js';
import { corsHeaders, problemJson, sendRefusal } from './problem.js';

/** What is under way on a connection. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** No request before it was still unanswered when it came. */
  readonly isAlone: boolean;
}

export type RequestListener = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => void;

/** A server that hands on only requests whose target is a path. */
export function createHttpServer(listener: RequestListener): Server {
  const exchanges = new WeakMap<object, Exchange>();
  const server = createServer(
    {
      headersTimeout: serverLimits.headersTimeoutMs,
      requestTimeout: serverLimits.requestTimeoutMs,
      connectionsCheckingInterval: serverLimits.connectionsCheckMs,
      maxHeaderSize: serverLimits.maxHeaderBytes,
      keepAliveTimeout: serverLimits.keepAliveMs,
      // Looked for below, so that the answer is one of ours.
      requireHostHeader: false,
    },
    (request, response) => {
      const isAlone = exchanges.get(request.socket)?.response.writableFinished !== false;
      exchanges.set(request.socket, { request, response, isAlone });
      const fault = headFault(request);
      if (fault === undefined)
        listener(request, response, new URL(`http://localhost${request.url}`));
      else sendRefusal(request, response, refusal('invalid_request', fault), true);
    },
  );
  server.maxConnections = serverLimits.maxConnections;
  // By default node drops what is over 1,000 headers in silence; `maxHeaderBytes` bounds them.
  server.maxHeadersCount = 0;
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    sendRefusal(request, response, refusal('invalid_request', 'expect 100-continue alone'), true);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerBrokenRequest(error, socket as Socket, exchanges.get(socket));
  });
  return server;
}

/** What is wrong with a request before its path is looked at. */
function headFault({ url = '', headers, httpVersion }: IncomingMessage): string | undefined {
  // An absolute-form target is meant for a proxy, which this server is not.
  if (!url.startsWith('/')) return 'the target is no path';
  return httpVersion === '1.1' && headers.host === undefined ? 'the host is missing' : undefined;
}

/** Listens and resolves with the port, which differs from `port` if that is 0. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops listening and cuts what is left; resolves when every connection is gone. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * A request that node could not parse, or that took too long, has no response object. Nothing is
 * written where the client would take it for the answer to an earlier request.
 */
function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  exchange: Exchange | undefined,
): void {
  const isUnanswered = exchange !== undefined && !exchange.response.writableFinished;
  const isItself =
    isUnanswered &&
    exchange.isAlone &&
    !exchange.request.complete &&
    !exchange.response.headersSent;
  if (error.code === 'ECONNRESET' || !socket.writable || (isUnanswered && !isItself)) {
    socket.destroy();
    return;
  }
  const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  socket.end(rawAnswer(isTimeout ? 'request_timeout' : 'invalid_request'));
}

function rawAnswer(code: ProblemCode): string {
  const body = problemJson(problemStatuses[code], code);
  const headers = {
    'content-type': problemMediaType,
    ...corsHeaders,
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problemStatuses[code]} \r\n${lines.join('')}\r\n${body}`;
}
