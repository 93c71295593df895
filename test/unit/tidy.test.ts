import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tidyFaults } from '../../scripts/tidy.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

function lockedPackages(): Record<string, LockedPackage> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return lock.packages;
}

describe('the house', () => {
  it('is tidy', { timeout: 60_000 }, () => {
    expect(tidyFaults()).toEqual([]);
  });

  it('locks every optional dependency of every package, and no download address', () => {
    const packages = lockedPackages();
    const names = new Set(
      Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')),
    );
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => !names.has(name))
        .map((name) => `${path} → ${name}`),
    );
    expect(missing).toEqual([]);
    expect(Object.values(packages).filter((p) => p.resolved && !p.link)).toEqual([]);
  });

  it('names no absolute path of a machine in tracked text', () => {
    const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
    const pattern = new RegExp(`(^|[^A-Za-z0-9_.:/-])/(${['work', 'root'].join('|')})/`);
    const guilty = files
      .filter((file) => file && file !== 'package-lock.json' && existsSync(join(root, file)))
      .filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
    expect(guilty).toEqual([]);
  });
});
