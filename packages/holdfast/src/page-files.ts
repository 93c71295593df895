import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

/** Nothing but what this server itself serves: no inline script, no other origin, no frame. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const paths = new Map([
  ['/', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/page/page.css', { name: 'page.css', type: 'text/css; charset=utf-8' }],
  ['/page/icon.svg', { name: 'icon.svg', type: 'image/svg+xml' }],
  ['/page/app.js', { name: 'app.js', type: 'text/javascript; charset=utf-8' }],
  ['/page/holdfast.min.js', { name: 'holdfast.min.js', type: 'text/javascript; charset=utf-8' }],
]);

interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Strong: a hash of the bytes. */
  readonly etag: string;
}

/** The page's files, read once. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;

  /** Throws if a file is missing: the package was not built. */
  constructor(folder: string) {
    this.#files = new Map(
      [...paths].map(([path, { name, type }]) => {
        const bytes = readFileSync(join(folder, name));
        const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
        return [path, { type, bytes, etag: `"${hash}"` }];
      }),
    );
  }

  /** Whether this request is for one of the files; if so, it is answered. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    const file = this.#files.get(url.pathname);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    const headers = { etag: file.etag, 'cache-control': 'no-cache', ...securityHeaders };
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304, headers).end();
      return true;
    }
    response.writeHead(200, {
      ...headers,
      'content-type': file.type,
      'content-length': file.bytes.length,
    });
    response.end(request.method === 'HEAD' ? undefined : file.bytes);
    return true;
  }
}
