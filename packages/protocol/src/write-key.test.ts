import { describe, expect, it } from 'vitest';
import { maxWriteKeyLength } from './limits.js';
import { isWriteKey } from './write-key.js';

describe('a write key', () => {
  it('is of 1 to 256 printable ASCII characters without spaces', () => {
    expect(maxWriteKeyLength).toBe(256);
    for (const key of ['k', 'pk_1-a.b~c', '!', '~', '"&=%', 'k'.repeat(256)]) {
      expect(isWriteKey(key), key).toBe(true);
    }
  });

  it.each([
    '',
    ' ',
    'two words',
    'key ',
    'key\n',
    'a\tb',
    'a\x7fb',
    'clé',
    'k'.repeat(257),
    7,
    null,
  ])('is not %j', (value) => expect(isWriteKey(value)).toBe(false));
});
