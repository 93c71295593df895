import { describe, expect, it } from 'vitest';
import { mendedLetter } from './mended-letter.js';

const event = (members: object) =>
  JSON.stringify({ type: 'track', eventId: 'e-1', timestamp: '2026-12-01T00:00:00Z', ...members });

describe('a dead letter that is queued again', () => {
  it('is mended as a call would be today', () => {
    const letter = event({ userId: null, anonymousId: 'a', event: 'E', properties: [1] });
    expect(mendedLetter(letter)).toBe(event({ anonymousId: 'a', event: 'E' }));
    const dated = event({ userId: 42, event: 'E', timestamp: '2026-11-01' });
    const timestamp = '2026-11-01T00:00:00.000Z';
    expect(mendedLetter(dated)).toBe(event({ userId: '42', event: 'E', timestamp }));
  });

  it('keeps its very text where nothing is to be mended', () => {
    const letter = `{ "type":"track", "eventId":"e-1","timestamp":"2026-12-01T00:00:00Z","n":1.0}`;
    expect(mendedLetter(letter)).toBe(letter);
  });

  it('keeps it, too, where nobody knows what was meant', () => {
    for (const members of [
      { timestamp: 'yesterday' },
      { eventId: 'a b' },
      { eventId: 7 },
      { type: {} },
    ]) {
      const letter = event({ ...members, userId: null });
      expect(mendedLetter(letter)).toBe(letter);
    }
  });
});
