import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../test/support/manual-clock.js';
import { Identity } from './identity.js';
import * as browserLimits from './limits.js';

describe('Identity', () => {
  let clock: ManualClock;
  let count: number;
  const open = (isPersistent = true) =>
    new Identity({ name: 'holdfast:test', clock, newId: () => `id-${count++}` }, isPersistent);

  beforeEach(() => {
    [clock, count] = [new ManualClock(), 0];
    localStorage.clear();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('keeps the visitor and the session across pages', () => {
    const first = open();
    first.userId = 'user-1';
    const next = open();
    expect(next.anonymousId).toBe(first.anonymousId);
    expect(next.userId).toBe('user-1');
    expect(next.touch()).toBe(first.touch());
  });

  it('begins a new session after 30 minutes without an event', async () => {
    const identity = open();
    const session = identity.touch();
    for (let minutes = 0; minutes < 90; minutes += 29) {
      await clock.pass(29 * 60_000);
      expect(identity.touch()).toBe(session);
    }
    await clock.pass(browserLimits.sessionIdleMs + 1);
    expect(identity.touch()).not.toBe(session);
    expect(identity.anonymousId).toBe(open().anonymousId);
  });

  it('begins a new session on a page that is opened long after the last event', async () => {
    const session = open().touch();
    await clock.pass(browserLimits.sessionIdleMs + 1);
    expect(open().touch()).not.toBe(session);
  });

  it('goes on with a session that another tab kept alive', async () => {
    const [first, second] = [open(), open()];
    const session = first.touch();
    for (let minutes = 0; minutes < 60; minutes += 20) {
      await clock.pass(20 * 60_000);
      second.touch();
    }
    expect(first.touch()).toBe(session);
  });

  it('makes another visitor when it is reset, also for the other tabs', async () => {
    const [first, second] = [open(), open()];
    const { anonymousId } = first;
    first.userId = 'user-1';
    first.reset();
    expect(first.anonymousId).not.toBe(anonymousId);
    expect(first.userId).toBeUndefined();
    await clock.pass(browserLimits.identityRefreshMs);
    second.touch();
    expect(second.anonymousId).toBe(first.anonymousId);
  });

  it('writes nothing until it may, and removes everything when it may no more', () => {
    const identity = open(false);
    identity.userId = 'user-1';
    identity.touch();
    expect(localStorage.length).toBe(0);
    identity.persist(true);
    expect(open().userId).toBe('user-1');
    identity.persist(false);
    expect(localStorage.length).toBe(0);
  });

  it.each([
    ['is not there', undefined],
    ['is refused', { getItem: refuse, setItem: refuse, removeItem: refuse }],
    ['holds something else', { getItem: () => '{"a":1}', setItem: refuse, removeItem: refuse }],
  ])('works in memory where localStorage %s', (_what, storage) => {
    vi.stubGlobal('localStorage', storage);
    const identity = open();
    const { anonymousId } = identity;
    expect(anonymousId).toMatch(/^id-/);
    expect(identity.touch()).toMatch(/^id-/);
    identity.reset();
    expect(identity.anonymousId).not.toBe(anonymousId);
  });
});

function refuse(): never {
  throw new DOMException('refused', 'SecurityError');
}
