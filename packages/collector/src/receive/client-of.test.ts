import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ClientIp } from './client-of.js';

/** A request as far as its addresses go. */
function requestFrom(remoteAddress: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as IncomingMessage;
}

describe('the address of a client', () => {
  const trusted = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'];
  const full = new ClientIp('full', trusted);

  it.each([
    ['203.0.113.9', '203.0.113.9', undefined],
    ['203.0.113.9', '203.0.113.9', '198.51.100.1'],
    ['198.51.100.1', '10.1.2.3', '198.51.100.1'],
    ['198.51.100.1', '::ffff:10.1.2.3', '198.51.100.1'],
    ['198.51.100.1', '192.0.2.7', '198.51.100.1'],
    ['192.0.2.8', '192.0.2.8', '198.51.100.1'],
    ['198.51.100.1', '10.1.2.3', '1.1.1.1, 198.51.100.1, 10.9.9.9'],
    ['2001:db9::1', '2001:db8::5', '2001:db9::1'],
    ['10.1.2.3', '10.1.2.3', undefined],
    ['10.1.2.3', '10.1.2.3', 'unknown'],
    ['10.9.9.9', '10.1.2.3', '<script>, 10.9.9.9'],
    ['10.0.0.1', '10.1.2.3', new Array(100).fill('10.0.0.1').join(',')],
    ['fe80::1', 'fe80::1%eth0', undefined],
  ])('is %s when %s connects and says %s', (expected, remote, forwarded) => {
    expect(full.of(requestFrom(remote, forwarded))).toBe(expected);
  });

  it.each([
    ['203.0.113.0', '203.0.113.9'],
    ['203.0.113.0', '::ffff:203.0.113.9'],
    ['2001:db9:1::', '2001:db9:1:2:3:4:5:6'],
    ['2001:db9:0::', '2001:db9::6'],
    ['0:0:0::', '::1'],
  ])('is %s when truncated from %s', (expected, address) => {
    expect(new ClientIp('truncated', []).of(requestFrom(address))).toBe(expected);
  });

  it('is not recorded by default', () => {
    expect(new ClientIp('none', trusted).of(requestFrom('203.0.113.9'))).toBeUndefined();
  });
});
