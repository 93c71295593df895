/** Names a process so that a later one can tell whether it still lives: a pid is used again. */
import { readFileSync, readlinkSync } from 'node:fs';
import { type ProcessTable, processTable } from '@holdfast/protocol';

export { livenessOf, type ProcessIdentity, type ProcessTable } from '@holdfast/protocol';

/** What /proc tells. */
export function systemProcesses(
  readText = (path: string): string => readFileSync(path, 'utf8'),
): ProcessTable {
  return processTable(process.pid, { readText, readLink: readlinkSync });
}
