/** What a request says about its sender, and how much of that is recorded. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { collectorLimits } from '../limits.js';
import type { Reception } from './accept-batch.js';

/** `truncated`: the network alone, /24 or /48: enough for a country, too little for a person. */
export type ClientIpDetail = 'none' | 'truncated' | 'full';

const mappedPrefix = '::ffff:';

export class ClientIp {
  readonly #detail: ClientIpDetail;
  readonly #trusted = new BlockList();

  /** `trustedProxies`: addresses or CIDRs. */
  constructor(detail: ClientIpDetail, trustedProxies: readonly string[]) {
    this.#detail = detail;
    for (const proxy of trustedProxies) {
      const [address = '', prefix] = proxy.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      this.#trusted.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    }
  }

  /** What may be recorded of the client's address. */
  of(request: IncomingMessage): string | undefined {
    if (this.#detail === 'none') return undefined;
    const address = this.#clientAddress(request);
    if (address === undefined || this.#detail === 'full') return address;
    return truncated(address);
  }

  /** The nearest hop that is no proxy of ours: everything before it may be invented. */
  #clientAddress(request: IncomingMessage): string | undefined {
    let address = plainAddress(request.socket.remoteAddress);
    const forwarded = request.headers['x-forwarded-for'];
    const hops = (typeof forwarded === 'string' ? forwarded.split(',') : []).slice(
      -collectorLimits.maxHops,
    );
    while (address !== undefined && this.#isTrusted(address)) {
      const hop = plainAddress(hops.pop()?.trim());
      if (hop === undefined) break;
      address = hop;
    }
    return address;
  }

  #isTrusted(address: string): boolean {
    return this.#trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An address without IPv6's wrapping of IPv4; undefined if it is none. */
function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // A zone such as %eth0 has a meaning on the sender's machine alone.
  const [lower = ''] = text.toLowerCase().split('%');
  const address = lower.startsWith(mappedPrefix) ? lower.slice(mappedPrefix.length) : lower;
  return isIP(address) === 0 ? undefined : address;
}

function truncated(address: string): string {
  if (isIP(address) === 4) return `${address.slice(0, address.lastIndexOf('.'))}.0`;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  // What :: stands for are zeros; of the first three groups they may be all.
  const first = [...groups, ...(tail === undefined ? [] : ['0', '0', '0'])].slice(0, 3);
  return `${first.join(':')}::`;
}

/** W3C Trace Context, version 00: anything else would make the record lie to a tracer. */
const traceparentPattern = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What a request says about its sender. */
export function clientOf(
  request: IncomingMessage,
  clientIp: ClientIp,
): Pick<Reception, 'userAgent' | 'traceparent' | 'ip'> {
  const { 'user-agent': userAgent, traceparent } = request.headers;
  return {
    userAgent: userAgent?.slice(0, collectorLimits.maxUserAgentLength),
    traceparent: isTraceparent(traceparent) ? traceparent : undefined,
    ip: clientIp.of(request),
  };
}

function isTraceparent(value: string | string[] | undefined): value is string {
  return typeof value === 'string' && traceparentPattern.test(value);
}
