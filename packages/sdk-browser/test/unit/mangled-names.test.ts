// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { mangledNames } from '../../mangled-names.js';
import type { AnalyticsError, BrowserAnalytics } from '../../src/index.js';
import { Device, ScriptRun } from '../support/script-run.js';
import { buildPageScript, buildScript } from '../support/test-page-server.js';

const writeKey = 'key';
const name = `holdfast:${writeKey}`;

const [mangled, plain] = await Promise.all([
  buildScript(),
  buildPageScript('packages/sdk-browser/src/script.ts'),
]);

describe('the `<script>` build with short names', () => {
  it('shortens no name that is not there', () => {
    const gone = mangledNames.filter((name) => !new RegExp(`\\b${name}\\b`).test(plain));
    expect(gone).toEqual([]);
  });

  it('shows an app the same as the build with long ones', async () => {
    expect((await traceOf(mangled)).api).toEqual((await traceOf(plain)).api);
  });

  it('writes the same requests, rows, settings, items and messages, member by member', async () => {
    const [short, long] = [await traceOf(mangled), await traceOf(plain)];
    expect(short.written).toEqual(long.written);
    expect(long.written).toEqual(
      expect.arrayContaining([
        'body.events[].queue.seq',
        'body.events[].properties.reporter',
        'row 1 .serverTimeMs',
        'row x .code',
        'row x .deadAtMs',
        'state.epoch',
        'item.activeMs',
        'message settled.records[].sizeBytes',
        'message consent.isDenied',
      ]),
    );
  });

  it.each([
    ['long', 'short', plain, mangled],
    ['short', 'long', mangled, plain],
  ])('finds what a build with %s names queued, as one with %s names', async (_, __, old, young) => {
    const device = new Device();
    const before = await open(old, device);
    before.run.isOnline = false;
    before.analytics.identify('user-1');
    const ids = [1, 2, 3].map((i) => before.analytics.track('Kept', { i }));
    await before.analytics.stored();
    await before.analytics.shutdown({ timeoutMs: 100 });

    const after = await open(young, device);
    const delivered: string[] = [];
    after.analytics.on('delivered', ({ eventIds }) => delivered.push(...eventIds));
    expect(after.analytics.anonymousId).toBe(before.analytics.anonymousId);
    await expect.poll(() => delivered).toEqual(expect.arrayContaining(ids));
    await after.analytics.shutdown();
  });
});

/** A client, and what it tells, as the paths of all members that leave it. */
async function traceOf(script: string): Promise<{ api: unknown; written: string[] }> {
  const device = new Device();
  const { run, analytics } = await open(script, device);
  const told: [string, unknown][] = [];
  for (const kind of ['stored', 'delivered', 'rejected', 'dropped', 'retrying', 'error'] as const) {
    analytics.on(kind, (detail) => told.push([kind, { ...detail }]));
  }
  run.refused = ['Refused'];
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  analytics.setContext({ app: { version: '1' } });
  analytics.identify('user-1', { plan: 'free' }, { priority: 'critical' });
  analytics.track('Circular', circular);
  analytics.track('Refused');
  analytics.page('Home', { section: 'top' }, { context: { a: 1 }, priority: 'low' });
  analytics.group('group-1', { size: 3 });
  analytics.alias('user-2');
  await analytics.stored();
  const report = await analytics.flush();
  run.isOnline = false;
  analytics.track('Waits');
  await analytics.flush({ timeoutMs: 200 });
  analytics.setContext(undefined);
  analytics.reset();
  const rows = await run.rows(name);
  const letters = await run.Holdfast.deadLetters(analytics);
  await run.Holdfast.resendDeadLetters(analytics);
  const resent = await run.rows(name);
  const items = [...device.items.values()].map((item) => JSON.parse(item));
  analytics.setConsent('denied');
  await analytics.shutdown({ timeoutMs: 0 });
  const state = JSON.parse(String(rows.get('state')));
  rows.delete('state');
  const api = {
    exports: Object.keys(run.Holdfast).sort(),
    methods: methodsOf(analytics),
    // How often something is told depends on how events fell into batches.
    told: [...new Set(told.flatMap(([kind, detail]) => pathsOf(kind, detail)))].sort(),
    report: pathsOf('report', report),
    letters: pathsOf('letters', letters),
    invalid: invalid(run),
  };
  const written = [
    ...[...rows, ...resent].flatMap(([key, row]) => pathsOf(`row ${key[0]} `, row)),
    ...pathsOf('state', state),
    ...items.flatMap((item) => pathsOf('item', item)),
    ...run.bodies.flatMap((body) => pathsOf('body', body)),
    ...run.messages.flatMap((message) => pathsOf(`message ${kindOf(message)}`, message)),
    ...run.urls,
  ];
  return { api, written: [...new Set(written)].sort() };
}

async function open(
  script: string,
  device: Device,
): Promise<{ run: ScriptRun; analytics: BrowserAnalytics }> {
  const run = new ScriptRun(script, device);
  const analytics = run.Holdfast.createAnalytics({ writeKey, endpoint: 'http://127.0.0.1:9' });
  await analytics.stored();
  return { run, analytics };
}

function invalid({ Holdfast }: ScriptRun): unknown {
  try {
    Holdfast.createAnalytics({ writeKey, endpoint: 'http://127.0.0.1:9', maxBatchEvents: 501 });
    return undefined;
  } catch (error) {
    const { name, code, message } = error as AnalyticsError;
    return { name, code, message, isOurs: error instanceof Holdfast.AnalyticsError };
  }
}

function methodsOf(client: object): string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(client)).sort();
}

function kindOf(message: unknown): string {
  return (message as { readonly kind: string }).kind;
}

/** The path of each member, however deep; ids, places and times differ from run to run. */
function pathsOf(path: string, value: unknown): string[] {
  if (typeof value === 'string' && value.startsWith('{')) return pathsOf(path, JSON.parse(value));
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(`${path}[]`, item));
  return Object.entries(value).flatMap(([member, item]) => pathsOf(`${path}.${member}`, item));
}
