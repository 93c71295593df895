import { problemStatuses } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.js';
import { Trouble } from './trouble.js';

const endpoint = 'https://events.example';

function troubled() {
  const emitter = new Emitter();
  const trouble = new Trouble(emitter);
  const told: string[] = [];
  emitter.on('error', ({ code }) => told.push(code));
  const fail = (cause: string, times = 1) => {
    for (let n = 0; n < times; n++) emitter.emit('retrying', { endpoint, afterMs: 1, cause });
  };
  const arrive = () => emitter.emit('delivered', { endpoint, eventIds: ['e'] });
  return { emitter, trouble, told, fail, arrive };
}

describe('what keeps events from arriving', () => {
  it.each([
    ['ECONNREFUSED', 'endpoint_unreachable'],
    ['ENOTFOUND', 'endpoint_unreachable'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'endpoint_unreachable'],
    ['TypeError: Failed to fetch', 'endpoint_unreachable'],
    ['timeout', 'endpoint_unreachable'],
    ['foreign answer 404', 'not_a_collector'],
    ['foreign answer 200', 'not_a_collector'],
  ])('is told after the third time in a row, once: %s', (cause, code) => {
    const { told, fail } = troubled();
    fail(cause, 2);
    expect(told).toEqual([]);
    fail(cause, 5);
    expect(told).toEqual([code]);
  });

  it.each([...Object.keys(problemStatuses), 'retry list', 'shed normal', 'aborted'])(
    'is not what a collector says: %s',
    (cause) => {
      const { told, fail } = troubled();
      fail(cause, 9);
      expect(told).toEqual([]);
    },
  );

  it('is told again when it changes, and so is that it is over', () => {
    const { told, fail, arrive } = troubled();
    fail('ECONNREFUSED', 3);
    fail('foreign answer 502');
    fail('ECONNREFUSED');
    arrive();
    arrive();
    fail('ECONNREFUSED', 2);
    arrive();
    expect(told).toEqual([
      ...['endpoint_unreachable', 'not_a_collector', 'endpoint_unreachable', 'recovered'],
    ]);
  });

  it('is told at once to whoever waits', () => {
    const { trouble, told, fail } = troubled();
    trouble.tell();
    expect(told).toEqual([]);
    fail('ECONNREFUSED');
    trouble.tell();
    trouble.tell();
    expect(told).toEqual(['endpoint_unreachable']);
    expect(trouble.cause).toBe('ECONNREFUSED');
  });

  it('ends also after a refusal', () => {
    const { emitter, told, arrive } = troubled();
    emitter.report('write_key_refused', 'why');
    arrive();
    expect(told).toEqual(['write_key_refused', 'recovered']);
  });
});
