import type { IncomingMessage } from 'node:http';
import { collectorLimits } from '../limits.js';
import type { Reception } from './accept-batch.js';
import type { ClientIp } from './client-ip.js';

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
