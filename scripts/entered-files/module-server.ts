/**
 * Serves the source files to a page as modules, not bundled: each is a script of its own, so that
 * coverage names files without a source map. A library is bundled into one script.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the browser SDK loads of others. */
const libraries = ['uuid', 'idb-keyval'];

const imports = {
  '@holdfast/protocol': '/packages/protocol/src/index.js',
  '@holdfast/sdk-core': '/packages/sdk-core/src/index.js',
  '@holdfast/sdk-core/': '/packages/sdk-core/src/',
  ...Object.fromEntries(libraries.map((name) => [name, `/libraries/${name}`])),
};

const page = `<!doctype html><title>Journey</title>
<script type="importmap">${JSON.stringify({ imports })}</script>`;

export class ModuleServer {
  readonly #server: Server;

  static async start(): Promise<ModuleServer> {
    const modules = new ModuleServer();
    await new Promise<void>((resolve) => modules.#server.listen(0, '127.0.0.1', resolve));
    return modules;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '/';
      const type = path === '/' ? 'text/html' : 'text/javascript';
      contentOf(path).then(
        (body) => response.writeHead(200, { 'content-type': type }).end(body),
        (error: unknown) => response.writeHead(404).end(String(error)),
      );
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function contentOf(path: string): Promise<string> {
  if (path === '/') return page;
  const library = libraries.find((name) => path === imports[name as keyof typeof imports]);
  if (library !== undefined) return bundled(library);
  if (!path.startsWith('/packages/')) throw new Error(`there is no ${path}`);
  // Subpaths of sdk-core come without an extension.
  const file = join(root, `${path.replace(/\.js$/, '')}.ts`);
  return (await transform(await readFile(file, 'utf8'), { loader: 'ts' })).code;
}

async function bundled(library: string): Promise<string> {
  const contents = `export * from '${library}';`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, 'packages/sdk-browser') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  });
  return outputFiles[0]!.text;
}
