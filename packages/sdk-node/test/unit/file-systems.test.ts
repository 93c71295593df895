import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';
import { describeFileSystem } from '../contract/file-system-contract.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describeFileSystem('nodeFileSystem', () => {
  const base = mkdtempSync(join(tmpdir(), 'holdfast-files-'));
  folders.push(base);
  return { fileSystem: nodeFileSystem, base };
});

describeFileSystem('MemoryFileSystem', () => {
  const fileSystem = new MemoryFileSystem();
  fileSystem.makeFolder('/base');
  return { fileSystem, base: '/base' };
});
