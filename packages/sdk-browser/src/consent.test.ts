import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBroadcastChannel } from '../test/support/fake-broadcast-channel.js';
import { ackOf, type Body } from '../test/support/script-run.js';
import { BrowserAnalytics } from './browser-analytics.js';
import { browserClock } from './browser-clock.js';
import { browserRandom } from './browser-random.js';
import { IndexedDbEventStore } from './queue/indexed-db-event-store.js';

const writeKey = 'consent-test';
const name = `holdfast:${writeKey}`;

describe('a grant', () => {
  let clients: BrowserAnalytics[];

  beforeEach(async () => {
    clients = [];
    localStorage.clear();
    vi.stubGlobal('indexedDB', new IDBFactory());
    vi.stubGlobal('IDBKeyRange', IDBKeyRange);
    vi.stubGlobal('BroadcastChannel', FakeBroadcastChannel);
    vi.stubGlobal('fetch', async (_: string, { body }: { readonly body: string }) =>
      Response.json(ackOf(JSON.parse(body) as Body)),
    );
    // What a page before has stored.
    const parts = { clock: browserClock, random: browserRandom };
    const store = new IndexedDbEventStore({ name, durability: 'process', ...parts });
    await store.setDenied(true);
    await store.close();
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.shutdown({ timeoutMs: 0 })));
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  function open(): BrowserAnalytics {
    const client = BrowserAnalytics.open(
      { writeKey, endpoint: 'http://127.0.0.1:9', flushIntervalMs: 1 },
      {
        clock: browserClock,
        random: browserRandom,
        lifecycle: { isVisible: () => true, watch: () => () => {} },
      },
    );
    clients.push(client);
    return client;
  }

  /** Holds up the opening of databases until it is called. */
  function holdOpening(): () => void {
    const { open } = IDBFactory.prototype;
    const held: (() => void)[] = [];
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (
      this: IDBFactory,
      ...given
    ) {
      const request = new EventTarget() as { -readonly [Key in keyof IDBOpenDBRequest]: never };
      held.push(() => {
        const real = open.apply(this, given);
        real.onsuccess = () => {
          Object.assign(request, { result: real.result });
          (request as unknown as IDBOpenDBRequest).onsuccess?.(new Event('success'));
        };
      });
      return request as unknown as IDBOpenDBRequest;
    });
    return () => {
      for (const release of held.splice(0)) release();
    };
  }

  /** Whether an event that is tracked now arrives. */
  async function isTaking(client: BrowserAnalytics): Promise<boolean> {
    client.track('After the grant');
    const { delivered } = await client.flush({ timeoutMs: 5_000 });
    return delivered > 0;
  }

  it('holds that comes while the database opens which holds an old denial', async () => {
    const release = holdOpening();
    const client = open();
    client.track('Before the database is open');
    await client.flush({ timeoutMs: 0 });
    client.setConsent('granted');
    release();
    expect(await isTaking(client)).toBe(true);
    expect(localStorage.getItem(`${name} denied`)).toBeNull();
  });

  it('holds in a tab that is told of it, though the database opens late for the first', async () => {
    const told = open();
    expect(await isTaking(told)).toBe(false);
    const release = holdOpening();
    const client = open();
    client.setConsent('granted');
    await told.flush({ timeoutMs: 20 });
    release();
    expect(await isTaking(client)).toBe(true);
    expect(await isTaking(told)).toBe(true);
    expect(localStorage.getItem(`${name} denied`)).toBeNull();
  });
});
