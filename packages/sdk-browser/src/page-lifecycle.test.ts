import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pageLifecycle } from './page-lifecycle.js';

describe('pageLifecycle', () => {
  let heard: string[];
  let unwatch: () => void;

  beforeEach(() => {
    heard = [];
    unwatch = pageLifecycle.watch({
      hidden: () => heard.push('hidden'),
      frozen: () => heard.push('frozen'),
      shown: () => heard.push('shown'),
      online: () => heard.push('online'),
      itemChanged: (item) => heard.push(`item ${item}`),
    });
  });
  afterEach(() => {
    unwatch();
    vi.unstubAllGlobals();
    Reflect.deleteProperty(document, 'visibilityState');
  });

  function turn(visibilityState: 'hidden' | 'visible'): void {
    Object.defineProperty(document, 'visibilityState', {
      value: visibilityState,
      configurable: true,
    });
    document.dispatchEvent(new Event('visibilitychange'));
  }

  function pass(type: 'pagehide' | 'pageshow', persisted: boolean): void {
    window.dispatchEvent(Object.assign(new Event(type), { persisted }));
  }

  it('tells when the page is hidden and shown again', () => {
    turn('hidden');
    turn('visible');
    expect(heard).toEqual(['hidden', 'shown']);
    expect(pageLifecycle.isVisible()).toBe(true);
  });

  it('tells of a page that goes for good twice: its own handlers may track in between', () => {
    pass('pagehide', false);
    turn('hidden');
    expect(heard).toEqual(['hidden', 'hidden']);
  });

  it('tells last of all that a page which is kept for the back button stands still', () => {
    pass('pagehide', true);
    turn('hidden');
    expect(heard).toEqual(['hidden', 'hidden', 'frozen']);
    turn('visible');
    pass('pageshow', true);
    expect(heard.slice(3)).toEqual(['shown', 'shown']);
    turn('hidden');
    expect(heard.at(-1)).toBe('hidden');
  });

  it('tells at once that a hidden page which is kept stands still', () => {
    turn('hidden');
    pass('pagehide', true);
    expect(heard).toEqual(['hidden', 'hidden', 'frozen']);
  });

  it('tells of a freeze, of the end of it, and of the network', () => {
    document.dispatchEvent(new Event('freeze'));
    document.dispatchEvent(new Event('resume'));
    window.dispatchEvent(new Event('online'));
    expect(heard).toEqual(['frozen', 'shown', 'online']);
  });

  it('tells nothing more when it is no longer watched', () => {
    unwatch();
    turn('hidden');
    expect(heard).toEqual([]);
  });

  it('is quiet where there is no page', () => {
    vi.stubGlobal('document', undefined);
    expect(pageLifecycle.isVisible()).toBe(true);
    expect(() => pageLifecycle.watch({} as never)()).not.toThrow();
  });
});
