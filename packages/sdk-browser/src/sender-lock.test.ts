import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBroadcastChannel } from '../test/support/fake-broadcast-channel.js';
import { FakeLocks } from '../test/support/fake-locks.js';
import { ManualClock, settled } from '../test/support/manual-clock.js';
import * as browserLimits from './limits.js';
import { SenderLock } from './sender-lock.js';
import { TabChannel } from './tab-channel.js';

const name = 'holdfast:test';

class Tab {
  readonly channel = new TabChannel(name);
  readonly log: string[] = [];
  isVisible = true;
  /** Holds up what is under way. */
  idle = Promise.resolve();
  readonly lock: SenderLock;

  constructor(locks: LockManager | undefined, clock: ManualClock) {
    vi.stubGlobal('navigator', { locks });
    this.lock = new SenderLock({
      ...{ name, clock, channel: this.channel },
      isVisible: () => this.isVisible,
      onAcquired: () => this.log.push('acquired'),
      onLost: () => this.log.push('lost'),
      beforeLeaving: () => this.idle,
    });
  }
}

describe('SenderLock', () => {
  let clock: ManualClock;
  let locks: FakeLocks;
  let tabs: Tab[];

  beforeEach(() => {
    vi.stubGlobal('BroadcastChannel', FakeBroadcastChannel);
    [clock, locks, tabs] = [new ManualClock(), new FakeLocks(), []];
  });
  afterEach(() => {
    for (const { channel } of tabs) channel.close();
    vi.unstubAllGlobals();
  });

  async function openTab(): Promise<Tab> {
    const tab = new Tab(locks.manager(`tab-${tabs.length}`), clock);
    tabs.push(tab);
    tab.lock.request();
    await settled();
    return tab;
  }

  it('makes one tab the sender, and the next when that one lets go', async () => {
    const [first, second] = [await openTab(), await openTab()];
    expect([first.lock.isHeld, second.lock.isHeld]).toEqual([true, false]);
    expect(await first.lock.confirm()).toBe(true);
    expect(await second.lock.confirm()).toBe(false);
    first.lock.release();
    await settled();
    expect(first.log).toEqual(['acquired', 'lost']);
    expect(second.log).toEqual(['acquired']);
  });

  // The simulator's seed 4418: a tab that was told it would stand still, and woke up before it
  // heard how its lock had ended, took itself for the holder ever after.
  it('knows at once that it let go, also when it wants the lock again', async () => {
    const [first, second] = [await openTab(), await openTab()];
    first.lock.release();
    expect(first.log).toEqual(['acquired', 'lost']);
    first.lock.request();
    expect(first.lock.isHeld).toBe(false);
    await settled();
    expect([first.lock.isHeld, second.lock.isHeld]).toEqual([false, true]);
    second.lock.release();
    await settled();
    expect(first.log).toEqual(['acquired', 'lost', 'acquired']);
  });

  it('leaves a visible holder alone that answers', async () => {
    const [first, second] = [await openTab(), await openTab()];
    second.lock.ask();
    await settled();
    await clock.pass(browserLimits.wakeTimeoutMs * 2);
    expect([first.lock.isHeld, second.lock.isHeld]).toEqual([true, false]);
  });

  it('hands over from a hidden holder to a visible asker, after what is under way', async () => {
    const [first, second] = [await openTab(), await openTab()];
    first.isVisible = false;
    let finish!: () => void;
    first.idle = new Promise((resolve) => {
      finish = resolve;
    });
    second.lock.ask();
    await settled();
    expect(first.lock.isHeld).toBe(true);
    expect(await first.lock.confirm()).toBe(false);
    finish();
    await settled();
    expect([first.lock.isHeld, second.lock.isHeld]).toEqual([false, true]);
    expect(first.log).toEqual(['acquired', 'lost']);

    second.lock.release();
    await settled();
    expect(await first.lock.confirm()).toBe(true);
  });

  it('does not hand over to a hidden tab', async () => {
    const [first, second] = [await openTab(), await openTab()];
    first.isVisible = second.isVisible = false;
    second.lock.ask();
    await settled();
    expect(first.lock.isHeld).toBe(true);
  });

  it('robs a holder that does not answer for five seconds', async () => {
    const [first, second] = [await openTab(), await openTab()];
    first.channel.close();
    second.lock.ask();
    await clock.pass(browserLimits.wakeTimeoutMs - 1);
    expect(second.lock.isHeld).toBe(false);
    await clock.pass(1);
    await settled();
    expect(second.log).toEqual(['acquired']);
    expect(first.log).toEqual(['acquired', 'lost']);
    expect(await first.lock.confirm()).toBe(false);
    // The robbed one waits its turn again.
    second.lock.release();
    await settled();
    expect(first.log).toEqual(['acquired', 'lost', 'acquired']);
  });

  it('does not let a hidden tab rob', async () => {
    const [first, second] = [await openTab(), await openTab()];
    first.channel.close();
    second.isVisible = false;
    second.lock.ask();
    await clock.pass(browserLimits.wakeTimeoutMs);
    expect([first.lock.isHeld, second.lock.isHeld]).toEqual([true, false]);
  });

  it('notices before a send that it was robbed, though nobody told it yet', async () => {
    const first = await openTab();
    const { query } = locks.manager('tab-9');
    void locks.manager('tab-9').request(name, { steal: true }, () => new Promise(() => {}));
    expect((await query()).held?.[0]?.clientId).toBe('tab-9');
    expect(await first.lock.confirm()).toBe(false);
  });

  it('stops asking when it is released while it waits', async () => {
    const [first, second] = [await openTab(), await openTab()];
    second.lock.release();
    first.lock.release();
    await settled();
    expect(second.log).toEqual([]);
    expect(locks.holder(name)).toBeUndefined();
  });

  it('lets every tab send where there are no locks', async () => {
    const alone = new Tab(undefined, clock);
    tabs.push(alone);
    alone.lock.request();
    await settled();
    expect(alone.log).toEqual(['acquired']);
    expect(await alone.lock.confirm()).toBe(true);
  });

  it('lets the tab send where locks are refused', async () => {
    const refusing = {
      request: () => Promise.reject(new DOMException('sandboxed', 'SecurityError')),
    } as unknown as LockManager;
    const alone = new Tab(refusing, clock);
    tabs.push(alone);
    alone.lock.request();
    await settled();
    expect(alone.log).toEqual(['acquired']);
    expect(await alone.lock.confirm()).toBe(true);
  });
});
