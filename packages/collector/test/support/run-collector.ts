import { type RunningChild, runChild } from './child-process.js';

export interface RunningCollector extends RunningChild {
  readonly url: string;
  readonly adminUrl: string;
  post(body: object): Promise<Response>;
}

/** The arguments of a collector on free ports with a data folder. */
export const collectorArgs = (folder: string, ...more: string[]): string[] => [
  ...['--port', '0', '--admin-port', '0', '--data', folder, '--write-key', 'shop=shop-key'],
  ...more,
];

/** The collector's program as a process of its own, once it listens. */
export async function runCollector(
  args: readonly string[],
  options: Parameters<typeof runChild>[2] = {},
): Promise<RunningCollector> {
  const running = runChild('src/cli.ts', args, options);
  const [, port, adminPort] = await running.waitFor(/"port":(\d+),"adminPort":(\d+)/);
  const url = `http://127.0.0.1:${port}`;
  const post = (body: object) =>
    fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer shop-key' },
      body: JSON.stringify(body),
    });
  return { ...running, url, adminUrl: `http://127.0.0.1:${adminPort}`, post };
}
