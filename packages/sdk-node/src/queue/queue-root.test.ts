import { describe, expect, it } from 'vitest';
import { defaultQueueDir, queueRootPath } from './queue-root.js';

describe('the default queue folder', () => {
  it('is the state folder of the user on each platform, never that for temporary files', () => {
    expect(defaultQueueDir('linux', {}, '/h/ann')).toBe('/h/ann/.local/state/holdfast/queue');
    expect(defaultQueueDir('linux', { XDG_STATE_HOME: '/s' }, '/h/ann')).toBe('/s/holdfast/queue');
    expect(defaultQueueDir('darwin', {}, '/u/ann')).toBe(
      '/u/ann/Library/Application Support/holdfast/queue',
    );
    expect(defaultQueueDir('win32', { LOCALAPPDATA: 'L' }, 'H')).toMatch(/^L.holdfast.queue$/);
    expect(defaultQueueDir('win32', {}, 'H')).toMatch(/^H.AppData.Local.holdfast.queue$/);
  });
});

describe('the folder of a write key', () => {
  it('is another for each key, and does not tell the key', () => {
    const path = queueRootPath('/q', 'secret');
    expect(path).toMatch(/^\/q\/[0-9a-f]{32}$/);
    expect(path).toBe(queueRootPath('/q/', 'secret'));
    expect(path).not.toBe(queueRootPath('/q', 'Secret'));
  });
});
