import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { stageEachTest } from '../support/stage.js';
import { writeKey } from '../support/test-collector.js';

/** Without repetitions: Chromium compresses what it stores. */
const card = '4929837465102736';

describe.skipIf(!needs('chromium'))('redaction in a real browser', () => {
  const stage = stageEachTest({ hasOwnBrowser: true });

  /** Tracks a payment while the collector is down, and kills the browser once it is stored. */
  async function payAndKill(isHidden: boolean): Promise<void> {
    await stage.collector.stop();
    const page = await stage.context.newPage();
    await page.goto(stage.pages.url);
    await page.evaluate(
      async ([writeKey, endpoint, card, isHidden]) => {
        const hide = (event: { properties?: object }) => ({
          ...event,
          properties: { ...event.properties, card: 'hidden-by-the-app' },
        });
        const client = Holdfast.createAnalytics({
          writeKey,
          endpoint,
          ...(isHidden && { beforeStore: hide as never }),
        });
        client.track('Paid', { card });
        await client.stored();
      },
      [writeKey, stage.proxy.url, card, isHidden] as const,
    );
    await stage.chromium.kill();
  }

  /** Whether a text stands anywhere in the profile, as one byte or two a character. */
  function profileHas(text: string): boolean {
    const { profile } = stage.chromium;
    return readdirSync(profile, { recursive: true, encoding: 'utf8' })
      .map((name) => join(profile, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
      .map((path) => readFileSync(path))
      .some((bytes) => bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le')));
  }

  it('leaves nothing in the profile of what beforeStore has hidden', async () => {
    await payAndKill(true);
    expect(profileHas('hidden-by-the-app')).toBe(true);
    expect(profileHas(card)).toBe(false);
  });

  it('leaves it there if nothing hides it: the look above would see it', async () => {
    await payAndKill(false);
    expect(profileHas(card)).toBe(true);
  });
});
