import * as browserLimits from './limits.js';

/**
 * Posts a batch by fetch, as a CORS-simple request: text/plain and everything else in the query,
 * so that no preflight doubles the requests. Redirects are not followed: an opaque redirect comes
 * out as status 0, which is no verdict.
 */
export async function post(
  url: string,
  text: string,
  keepalive: boolean,
  signal: AbortSignal,
): Promise<Response> {
  // A page that goes away has no time to compress.
  const isGzip =
    !keepalive &&
    text.length >= browserLimits.minGzipBytes &&
    typeof CompressionStream !== 'undefined';
  return fetch(isGzip ? `${url}&compression=gzip` : url, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: isGzip ? await gzip(text) : text,
    keepalive,
    signal,
    credentials: 'omit',
    redirect: 'manual',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  });
}

function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
