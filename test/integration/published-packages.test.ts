import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../support/packed-project.js';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly scripts?: Record<string, string>;
  readonly gypfile?: boolean;
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
}
interface Tarball {
  readonly manifest: Manifest;
  /** The names of its files. */
  readonly files: readonly string[];
}
interface Locked {
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));
const workspaces = readdirSync(join(root, 'packages')).filter(
  (name) => !(readJson(root, 'packages', name, 'package.json') as Manifest).private,
);
/** What npm runs by itself on the machine of whoever installs a package. */
const installScripts = [
  'preinstall',
  'install',
  'postinstall',
  'prepare',
  'preprepare',
  'postprepare',
];

describe('a package that would be published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tarballs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tarballs = new Map<string, Tarball>();

  /** Packs a workspace in whose build something lies that must not come along. */
  function packed(workspace: string): Tarball {
    const known = tarballs.get(workspace);
    if (known) return known;
    const types = join(root, 'packages', workspace, 'dist', 'types');
    const planted = join(types, 'planted.d.ts');
    mkdirSync(types, { recursive: true });
    writeFileSync(planted, '');
    try {
      const tarball = pack(join('packages', workspace));
      tarballs.set(workspace, tarball);
      return tarball;
    } finally {
      rmSync(planted);
    }
  }

  function pack(workspace: string): Tarball {
    const args = ['pack', '--ignore-scripts', '--pack-destination', folder, '-w', workspace];
    const output = execFileSync('npm', args, {
      ...{ cwd: root, encoding: 'utf8' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const tarball = join(folder, output.trim().split('\n').at(-1)!);
    const manifest = execFileSync('tar', ['-xzOf', tarball, 'package/package.json']);
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
    return { manifest: JSON.parse(manifest.toString()) as Manifest, files };
  }

  it('is one of four', () => {
    expect(workspaces.sort()).toEqual(['collector', 'holdfast', 'sdk-browser', 'sdk-node']);
  });

  it.each(workspaces)('%s runs nothing when it is installed', (workspace) => {
    const { manifest, files } = packed(workspace);
    const names = Object.keys(manifest.scripts ?? {});
    expect(names.filter((name) => installScripts.includes(name))).toEqual([]);
    expect(manifest.gypfile ?? false).toBe(false);
    expect(files.filter((file) => /binding\.gyp$|\.node$|\.env$|\.npmrc$/.test(file))).toEqual([]);
  });

  it.each(workspaces)('%s leaves out what a type check put beside the build', (workspace) => {
    const { files } = packed(workspace);
    expect(files.filter((file) => /dist\/types|\.tsbuildinfo$/.test(file))).toEqual([]);
    expect(files).toContain('package/dist/index.js');
  });

  it('depends on one package alone that does, which is optional and has no need to', () => {
    const { packages } = readJson(root, 'package-lock.json') as {
      packages: Record<string, Locked>;
    };
    const running = Object.entries(packages).filter(
      ([, locked]) => locked.hasInstallScript && !locked.dev,
    );
    expect(running.map(([path]) => path)).toEqual(['node_modules/msgpackr-extract']);
    expect(running.every(([, locked]) => locked.optional)).toBe(true);
  });

  it.each(workspaces)('%s asks npm for a statement of where it was built', (workspace) => {
    const { publishConfig } = packed(workspace).manifest;
    expect(publishConfig).toEqual({ access: 'public', provenance: true });
  });
});
