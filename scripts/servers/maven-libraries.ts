// Java servers for tests, from Maven Central: each set of libraries is resolved once into
// `.cache/<name>/<version>` (or `$HOLDFAST_CACHE/<name>/<version>`). A folder that exists is
// complete: it is filled under another name and renamed, so that processes may race.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pRetry from 'p-retry';
import { serverLimits } from './limits.js';
import { runCommand } from './run-command.js';

export interface LibrarySet {
  readonly name: string;
  readonly version: string;
  /** `group:artifact:version` each; what they depend on at run time comes along. */
  readonly artifacts: readonly string[];
}

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The folder that holds the set's jars. */
export async function mavenLibraries(set: LibrarySet): Promise<string> {
  const folder = join(cacheFolder(), set.name, set.version);
  if (existsSync(folder)) return folder;
  const filling = `${folder}.${randomUUID()}.tmp`;
  await mkdir(filling, { recursive: true });
  try {
    // A registry that fails once is common; one that says no says it again.
    await pRetry(() => copyInto(filling, set), { retries: 2 });
    await publish(filling, folder);
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
  return folder;
}

function cacheFolder(): string {
  const named = process.env.HOLDFAST_CACHE;
  return named ? named : fileURLToPath(new URL('../../.cache', import.meta.url));
}

async function copyInto(folder: string, set: LibrarySet): Promise<void> {
  const project = join(folder, 'pom.xml');
  await writeFile(project, projectFile(set));
  await runCommand(
    'mvn',
    ['-q', '-B', '-f', project, plugin, '-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
    serverLimits.resolveTimeoutMs,
  );
}

async function publish(filling: string, folder: string): Promise<void> {
  try {
    await rename(filling, folder);
  } catch (error) {
    // Another process was first; its folder is as good as ours.
    if (!existsSync(folder)) throw error;
  }
}

function projectFile(set: LibrarySet): string {
  const dependencies = set.artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    const coordinates = `<groupId>${group}</groupId><artifactId>${name}</artifactId>`;
    return `<dependency>${coordinates}<version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>holdfast</groupId><artifactId>${set.name}-libraries</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies>
</project>
`;
}
