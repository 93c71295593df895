import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { serverLimits } from './limits.js';

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
  const records: KcatRecord[] = [];
  await eachRecord(bootstrap, topic, (record) => records.push(record), settings);
  return records;
}

/** Hands over a topic's records one by one, for topics that are too large to be held. */
export async function eachRecord(
  bootstrap: string,
  topic: string,
  visit: (record: KcatRecord) => void,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const options = Object.entries({ 'check.crcs': 'true', ...settings });
  const args = [
    ...['-C', '-b', bootstrap, '-t', topic, '-o', 'beginning', '-e', '-q', '-J'],
    ...options.flatMap(([name, value]) => ['-X', `${name}=${value}`]),
  ];
  const child = spawn('kcat', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: serverLimits.readTimeoutMs,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  // Not by readline, which takes U+2028 inside a value for the end of the line.
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) visit(parseRecord(line));
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`kcat ended with ${code ?? signal}: ${said}`);
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
