import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { stageEachTest } from '../support/stage.js';
import { writeKey } from '../support/test-collector.js';
import { until } from '../support/until.js';

const snippet = readFileSync(new URL('../../snippet.html', import.meta.url), 'utf8');

describe.skipIf(!needs('chromium'))('the snippet for a page', () => {
  const stage = stageEachTest();

  /** The page of an app that uses the snippet at once, and keeps what it found there. */
  function serve(): string {
    const configured = snippet
      .replace("'dev'", `'${writeKey}'`)
      .replace('http://127.0.0.1:8080', stage.proxy.url);
    stage.pages.pages.set(
      '/app',
      `<!doctype html><title>App</title>${configured}
       <script>
         var early = analytics;
         early.setContext({ app: { version: '1' } });
         early.identify('user-1', { plan: 'free' });
         early.track('Early', { n: 1 });
       </script>`,
    );
    return new URL('/app', stage.pages.url).href;
  }

  it('keeps the calls that are made before the script is there, in their order', async () => {
    const release = stage.pages.holdScript();
    const page = await stage.context.newPage();
    await page.goto(serve(), { waitUntil: 'commit' });
    await page.waitForFunction(() => 'early' in globalThis);
    expect(await page.evaluate(() => 'Holdfast' in globalThis)).toBe(false);
    release();
    await page.waitForFunction(() => 'Holdfast' in globalThis);
    await page.evaluate(() => {
      analytics.track('Late');
      Reflect.get(globalThis, 'early').track('Late, through the early object');
    });
    await until('all arrive', () => stage.collector.eventIds.length === 4);

    const events = stage.collector.events.sort((a, b) => seqOf(a) - seqOf(b));
    expect(events.map(({ type, event }) => event ?? type)).toEqual([
      'identify',
      'Early',
      'Late',
      'Late, through the early object',
    ]);
    for (const event of events) {
      expect(event).toMatchObject({ userId: 'user-1', context: { app: { version: '1' } } });
    }
  });

  it('lets listeners and promises wait for the script', async () => {
    const release = stage.pages.holdScript();
    const page = await stage.context.newPage();
    await page.goto(serve(), { waitUntil: 'commit' });
    await page.waitForFunction(() => 'early' in globalThis);
    await page.evaluate(() => {
      const early: typeof analytics = Reflect.get(globalThis, 'early');
      const names: string[] = [];
      early.on('delivered', () => names.push('delivered'));
      early.on('delivered', () => names.push('ended'))();
      early.on('stored', () => names.push('stored'));
      const [stored, flushed] = [early.stored(), early.flush()];
      Object.assign(globalThis, { names, stored, flushed });
    });
    expect(await page.evaluate(() => 'Holdfast' in globalThis)).toBe(false);
    release();
    const heard = await page.evaluate(async () => {
      const names: string[] = Reflect.get(globalThis, 'names');
      await Reflect.get(globalThis, 'stored');
      const report: unknown = await Reflect.get(globalThis, 'flushed');
      const letters = await Holdfast.deadLetters(analytics);
      const resent = await Holdfast.resendDeadLetters(analytics);
      const last = await Reflect.get(globalThis, 'early').shutdown();
      return { names, report, letters, resent, last };
    });
    expect(heard.names).toContain('stored');
    expect(heard.names).toContain('delivered');
    expect(heard.names).not.toContain('ended');
    expect(heard.report).toMatchObject({ rejected: 0, pending: 0, dropped: 0 });
    expect(heard.letters).toEqual([]);
    expect(heard.resent).toBe(0);
    expect(heard.last).toMatchObject({ pending: 0 });
    expect(stage.collector.eventIds.length).toBe(2);
  });

  it('has a stub for every method of a client', async () => {
    const page = await stage.context.newPage();
    await page.goto(serve());
    await page.waitForFunction(() => 'Holdfast' in globalThis);
    const missing = await page.evaluate(() => {
      const early: object = Reflect.get(globalThis, 'early');
      const client = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(analytics));
      return Object.entries(client)
        .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
        .map(([name]) => name)
        .filter((name) => !(name in early));
    });
    expect(missing).toEqual([]);
  });

  it('leaves the page working where the script cannot be loaded', async () => {
    const page = await stage.context.newPage();
    await page.route('**/holdfast.min.js', (route) => route.abort());
    await page.goto(serve());
    const failure = await page.evaluate(() => {
      try {
        for (let i = 0; i < 2_000; i++) analytics.track('Nobody listens');
        return undefined;
      } catch (error) {
        return String(error);
      }
    });
    expect(failure).toBeUndefined();
    const rejection = await page.evaluate(() => analytics.flush().catch(String));
    expect(rejection).toBe('Error: /holdfast.min.js cannot be loaded');
  });
});

function seqOf(event: { readonly [member: string]: unknown }): number {
  return (event.queue as { seq: number }).seq;
}
