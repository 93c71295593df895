import { describe, expect, it } from 'vitest';
import { kafkajsFailure, needsNewProducer } from './kafkajs-failure.js';

/** An error as kafkajs makes them: told apart by name, type and code, often wrapped. */
function kafkajsError(name: string, more: { type?: string; code?: string } = {}): Error {
  return Object.assign(new Error(`a ${name}`), { name, ...more });
}

describe('kafkajsFailure', () => {
  it.each([
    ['KafkaJSConnectionError', { code: 'ECONNREFUSED' }, 'unreachable'],
    ['KafkaJSConnectionClosedError', {}, 'unreachable'],
    ['KafkaJSConnectionError', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'refused'],
    ['KafkaJSConnectionError', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'refused'],
    ['KafkaJSConnectionError', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'refused'],
    ['KafkaJSRequestTimeoutError', {}, 'timeout'],
    ['KafkaJSLockTimeout', {}, 'timeout'],
    ['KafkaJSSASLAuthenticationError', {}, 'refused'],
    ['KafkaJSProtocolError', { type: 'SASL_AUTHENTICATION_FAILED' }, 'refused'],
    ['KafkaJSProtocolError', { type: 'TOPIC_AUTHORIZATION_FAILED' }, 'refused'],
    ['KafkaJSProtocolError', { type: 'UNKNOWN_TOPIC_OR_PARTITION' }, 'missing_topic'],
    ['KafkaJSProtocolError', { type: 'NOT_ENOUGH_REPLICAS' }, 'failed'],
    ['TypeError', {}, 'failed'],
  ])('takes %s %o for %s', (name, more, reason) => {
    const error = kafkajsError(name, more);
    expect(kafkajsFailure(error)).toMatchObject({ kind: 'failed', reason });
    const wrapped = new Error('wrapped', { cause: error });
    expect(kafkajsFailure(wrapped)).toEqual(kafkajsFailure(error));
  });

  it('says what was thrown, be it no error at all', () => {
    expect(kafkajsFailure('nonsense').detail).toContain('nonsense');
  });
});

describe('needsNewProducer', () => {
  it('is for what kafkajs does not look up anew after', () => {
    const protocol = kafkajsError('KafkaJSProtocolError', { type: 'NOT_LEADER_FOR_PARTITION' });
    expect(needsNewProducer(protocol)).toBe(false);
    expect(needsNewProducer(kafkajsError('KafkaJSConnectionError'))).toBe(false);
    expect(needsNewProducer(kafkajsError('KafkaJSRequestTimeoutError'))).toBe(true);
    expect(needsNewProducer(new TypeError('of nothing'))).toBe(true);
  });
});
