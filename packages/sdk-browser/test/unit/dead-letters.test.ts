import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deadLetters, resendDeadLetters } from '../../src/dead-letters.js';
import { type AnalyticsOptions, type BrowserAnalytics, createAnalytics } from '../../src/index.js';
import * as browserLimits from '../../src/limits.js';
import { FakeBroadcastChannel } from '../support/fake-broadcast-channel.js';
import { FakeLocks } from '../support/fake-locks.js';

const bound = browserLimits.maxDeadLetters;

/** A collector that has something against some events, and the text of all that it was sent. */
class Judge {
  readonly texts: string[] = [];
  refused: readonly string[] = ['Bad'];

  readonly answer = async (_url: string, { body }: { body: string }): Promise<Response> => {
    const { batchId, events } = JSON.parse(body);
    this.texts.push(body);
    const rejected = events.flatMap(({ event }: { event: string }, index: number) =>
      this.refused.includes(event) ? [{ index, code: 'invalid_field', detail: 'why' }] : [],
    );
    const accepted = events.length - rejected.length;
    const ack = { region: 'here', epoch: 0, durable: ['memory'], duplicates: 0, retry: [] };
    return Response.json({ ...ack, batchId, accepted, rejected });
  };

  timesSent(text: string): number {
    return this.texts.join().split(text).length - 1;
  }
}

describe('the dead letters of a client', () => {
  let judge: Judge;
  let locks: FakeLocks;
  let tabs: BrowserAnalytics[];

  beforeEach(() => {
    [judge, locks, tabs] = [new Judge(), new FakeLocks(), []];
    vi.stubGlobal('indexedDB', new IDBFactory());
    vi.stubGlobal('IDBKeyRange', IDBKeyRange);
    vi.stubGlobal('BroadcastChannel', FakeBroadcastChannel);
    vi.stubGlobal('CompressionStream', undefined);
    vi.stubGlobal('fetch', judge.answer);
  });
  afterEach(async () => {
    await Promise.all(tabs.map((tab) => tab.shutdown({ timeoutMs: 0 })));
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  function open(changes: Partial<AnalyticsOptions> = {}): BrowserAnalytics {
    vi.stubGlobal('navigator', { locks: locks.manager(`tab-${tabs.length}`), language: 'en' });
    const endpoint = 'http://127.0.0.1:9';
    const tab = createAnalytics({ writeKey: 'k', endpoint, flushIntervalMs: 1, ...changes });
    tabs.push(tab);
    return tab;
  }

  /** Has so many events refused; resolves with their ids once they are dead letters. */
  async function bury(tab: BrowserAnalytics, count: number): Promise<string[]> {
    const eventIds = Array.from({ length: count }, (_, i) => tab.track('Bad', { i, ü: '€' }));
    expect(await tab.flush()).toMatchObject({ rejected: count });
    return eventIds;
  }

  const idsOf = async (tab: BrowserAnalytics) =>
    (await deadLetters(tab)).map(({ eventJson }) => JSON.parse(eventJson).eventId).sort();

  it('are sent again as they were, and each once', async () => {
    const client = open();
    const eventIds = await bury(client, 2);
    const letters = await deadLetters(client);
    expect(letters[0]).toMatchObject({ code: 'invalid_field', detail: 'why' });
    expect(Math.abs(Date.now() - letters[0]!.deadAtMs)).toBeLessThan(60_000);

    // Nobody has changed his mind: they are dead letters again.
    const rejected: string[] = [];
    client.on('rejected', ({ eventId }) => rejected.push(eventId));
    expect(await resendDeadLetters(client)).toBe(2);
    await vi.waitFor(() => expect(rejected.sort()).toEqual([...eventIds].sort()));
    expect(await idsOf(client)).toEqual([...eventIds].sort());

    judge.refused = [];
    expect(await resendDeadLetters(client)).toBe(2);
    await vi.waitFor(() => {
      for (const { eventJson } of letters) expect(judge.timesSent(eventJson)).toBe(3);
    });
    expect(await deadLetters(client)).toEqual([]);
    expect(await resendDeadLetters(client)).toBe(0);
    // They were counted when they were refused first.
    expect(await client.flush()).toEqual({ delivered: 0, rejected: 2, pending: 0, dropped: 0 });
  });

  it('are sent again by the tab that sends, which has room for them if they are refused', async () => {
    const [first, second] = [open(), open()];
    const eventIds = await bury(first, bound);
    expect(locks.holder('holdfast:k')).toBe('tab-0');
    expect(await resendDeadLetters(second)).toBe(bound);
    await vi.waitFor(async () => expect(await idsOf(second)).toEqual([...eventIds].sort()));
    judge.refused = [];
    expect(await resendDeadLetters(second)).toBe(bound);
    await vi.waitFor(() => expect(judge.timesSent(eventIds[bound - 1]!)).toBe(3));
    expect(locks.holder('holdfast:k')).toBe('tab-0');
    expect(await deadLetters(first)).toEqual([]);
  });

  it('are gone once consent is denied, and never sent again', async () => {
    const client = open();
    await bury(client, 1);
    const sent = judge.texts.length;
    client.setConsent('denied');
    await vi.waitFor(async () => expect(await deadLetters(client)).toEqual([]));
    expect(await resendDeadLetters(client)).toBe(0);
    client.setConsent('granted');
    await client.flush();
    expect(judge.texts).toHaveLength(sent);
  });

  it('are not sent again between the denial and their end', async () => {
    const client = open();
    await bury(client, 1);
    const resent = resendDeadLetters(client);
    client.setConsent('denied');
    await expect(resent).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await resendDeadLetters(client)).toBe(0);
    expect(await deadLetters(client)).toEqual([]);
  });

  it('are left alone while consent is pending: nothing is read from the device', async () => {
    const client = open({ consent: 'pending' });
    expect(await deadLetters(client)).toEqual([]);
    expect(await resendDeadLetters(client)).toBe(0);
    expect(await indexedDB.databases()).toEqual([]);
  });

  it('are none where nothing is kept', async () => {
    const client = open({ durability: 'memory' });
    await bury(client, 1);
    expect(await deadLetters(client)).toEqual([]);
    expect(await resendDeadLetters(client)).toBe(0);
  });
});
