/** What a kill in the middle of a write leaves behind in Chromium's storage of IndexedDB. */
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Ends the log of the only origin of a profile, whose browser is dead, with half a record. */
export function tearLog(profile: string): void {
  // LevelDB's header: a checksum, the length of what should follow, and "a whole record".
  const record = Buffer.alloc(1_000, 'x');
  record.writeUInt32LE(0, 0);
  record.writeUInt16LE(5_000, 4);
  record.writeUInt8(1, 6);
  appendFileSync(logPath(profile), record);
}

/** The log that it writes now; a new one has a new name. */
export function logPath(profile: string): string {
  const folder = join(profile, 'Default', 'IndexedDB');
  const origins = readdirSync(folder).filter((name) => name.endsWith('.leveldb'));
  const files = readdirSync(join(folder, origins[0]!));
  const log = files
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  return join(folder, origins[0]!, log!);
}
