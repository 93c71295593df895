import type { IncomingMessage } from 'node:http';

const loopbackAddress = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Whether an address or a host option names this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || loopbackAddress.test(host);
}

/**
 * Whether a request came from this machine and meant it. The Host header is checked too: a page
 * whose name was made to resolve to 127.0.0.1 must not read what is stored here.
 */
export function isLoopbackRequest(request: IncomingMessage): boolean {
  const { localAddress, remoteAddress } = request.socket;
  return (
    loopbackAddress.test(localAddress ?? '') &&
    loopbackAddress.test(remoteAddress ?? '') &&
    loopbackName.test(request.headers.host ?? '')
  );
}
