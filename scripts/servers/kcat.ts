import { serverLimits } from './limits.js';
import { runCommand } from './run-command.js';

/** A record as kcat, a client that we did not write, reads it. */
export interface KcatRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a whole topic with kcat; `settings` are librdkafka's, such as `security.protocol`. */
export async function readTopic(
  bootstrap: string,
  topic: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<KcatRecord[]> {
  const options = Object.entries({ 'check.crcs': 'true', ...settings });
  const output = await runCommand(
    'kcat',
    [
      ...['-C', '-b', bootstrap, '-t', topic, '-o', 'beginning', '-e', '-q', '-J'],
      ...options.flatMap(([name, value]) => ['-X', `${name}=${value}`]),
    ],
    serverLimits.readTimeoutMs,
  );
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map(parseRecord);
}

function parseRecord(line: string): KcatRecord {
  const { partition, offset, key, payload, headers = [] } = JSON.parse(line) as KcatLine;
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] as string] as const] : [],
  );
  return { partition, offset, key, value: payload, headers: Object.fromEntries(pairs) };
}

interface KcatLine {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly payload: string;
  /** Names and values by turns. */
  readonly headers?: readonly string[];
}
