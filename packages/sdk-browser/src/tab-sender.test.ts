import type { ClientCore } from '@holdfast/sdk-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeBroadcastChannel } from '../test/support/fake-broadcast-channel.js';
import { FakeLocks } from '../test/support/fake-locks.js';
import { ManualClock, settled } from '../test/support/manual-clock.js';
import type { LifecycleListeners } from './page-lifecycle.js';
import type { IndexedDbEventStore } from './queue/indexed-db-event-store.js';
import { TabChannel } from './tab-channel.js';
import { TabSender } from './tab-sender.js';

describe('TabSender', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('prefers recent rows for the last request of a page, and not while it stays hidden', async () => {
    vi.stubGlobal('BroadcastChannel', FakeBroadcastChannel);
    vi.stubGlobal('navigator', { locks: new FakeLocks().manager('tab') });
    const store = { prefersRecent: false, recount: async () => {}, leave() {} };
    const seen: boolean[] = [];
    const sendLast = async () => {
      seen.push(store.prefersRecent);
    };
    const delivery = { sendLast, stop() {}, wake() {}, flush() {}, idle: async () => {} };
    const core = { delivery, settler: {}, on() {}, stored: async () => {}, start: async () => {} };
    let page: LifecycleListeners | undefined;
    const watch = (listeners: LifecycleListeners) => {
      page = listeners;
      return () => {};
    };
    const sender = new TabSender({
      ...{
        name: 'holdfast:test',
        clock: new ManualClock(),
        lifecycle: { isVisible: () => false, watch },
      },
      channel: new TabChannel('holdfast:test'),
      store: store as unknown as IndexedDbEventStore,
      core: core as unknown as ClientCore,
      onConsent: () => {},
    });
    sender.start();
    await settled();
    page?.hidden();
    expect(seen).toEqual([true]);
    await settled();
    expect(store.prefersRecent).toBe(false);
    sender.close();
  });
});
