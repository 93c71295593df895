/** Serves an empty page and the `<script>` build, made on the fly from the sources. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { minifyAgain, tightBuild } from '../../tight-build.js';

const root = new URL('../../../../', import.meta.url);

/** The `<script>` build, as tsup makes it, but for what `plugins` change in the sources: first, since
 *  a file is loaded by one plugin alone. */
export async function buildScript(plugins: Plugin[] = []): Promise<string> {
  const entry = 'packages/sdk-browser/src/script.ts';
  const options = { ...tightBuild, plugins: [...plugins, ...tightBuild.plugins] };
  return (await minifyAgain(await buildPageScript(entry, options))).code;
}

/** A script for a page, with whatever `entry` imports. */
export async function buildPageScript(
  entry: string,
  options: Pick<BuildOptions, 'mangleProps' | 'plugins'> = {},
): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(entry, root))],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    tsconfig: fileURLToPath(new URL('tsconfig.base.json', root)),
    ...options,
  });
  return result.outputFiles[0]!.text;
}

const page = `<!doctype html><title>Test page</title><script src="/holdfast.min.js"></script>`;

export class TestPageServer {
  readonly #server: Server;
  /** Pages by path; others are the empty page with the script. */
  readonly pages = new Map<string, string>();
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  #scriptIsFree: Promise<void> = Promise.resolve();

  /** What the page loads. */
  script = '';

  static async start(script = ''): Promise<TestPageServer> {
    const pages = new TestPageServer();
    pages.script = script;
    await new Promise<void>((resolve) => pages.#server.listen(0, '127.0.0.1', resolve));
    return pages;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '/';
      this.asked.push(path);
      if (path === '/holdfast.min.js') {
        void this.#scriptIsFree.then(() =>
          response.writeHead(200, { 'content-type': 'text/javascript' }).end(this.script),
        );
        return;
      }
      response
        .writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'secret=1' })
        .end(this.pages.get(path) ?? page);
    });
  }

  /** Holds the script's answer back until what this returns is called. */
  holdScript(): () => void {
    let release = (): void => undefined;
    this.#scriptIsFree = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
