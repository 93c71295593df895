import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/**
 * An empty folder with packed tarballs installed: what the tarballs hold and the dependencies they
 * declare, at the versions of our lock, and nothing else. No registry is asked.
 */
export class PackedProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-'));
  readonly #installed = new Set<string>();

  /** Packs a workspace, unpacks it here as a dependency, and returns the tarball. */
  install(workspace: string): string {
    const tarballs = join(this.folder, 'tarballs');
    mkdirSync(tarballs, { recursive: true });
    const output = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs, '-w', workspace],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const tarball = join(tarballs, filenameOf(output));
    const manifest = this.#readManifest(join(root, workspace));
    const target = join(this.folder, 'node_modules', manifest.name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    this.#installed.add(manifest.name);
    this.#installDependencies(target, join(root, workspace));
    return tarball;
  }

  run(command: string, args: readonly string[]): string {
    return execFileSync(command, args, { cwd: this.folder, encoding: 'utf8' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #installDependencies(packageFolder: string, foundFrom: string): void {
    const { dependencies, optionalDependencies } = this.#readManifest(packageFolder);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (this.#installed.has(name)) continue;
      const source = findModule(name, foundFrom);
      if (!source && optionalDependencies?.[name]) continue;
      if (!source) throw new Error(`${name} is declared but not in node_modules`);
      this.#installed.add(name);
      const target = join(this.folder, 'node_modules', name);
      cpSync(source, target, { recursive: true, dereference: true });
      this.#installDependencies(target, source);
    }
  }

  #readManifest(folder: string): Manifest {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  }
}

function filenameOf(packOutput: string): string {
  const parsed = JSON.parse(packOutput) as unknown;
  const [first] = Object.values(parsed as Record<string, { filename: string }>);
  return first!.filename.replace(/^@/, '').replace('/', '-');
}

function findModule(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}
