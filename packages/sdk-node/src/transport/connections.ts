/** The way to a collector: connections of its own, through an HTTP proxy if one is named. */
import { type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici';
import { nodeLimits } from '../limits.js';

/** URL of an HTTP proxy, or false: none. Undefined: what the environment names. */
export type ProxyChoice = string | false | undefined;

const options = {
  connections: nodeLimits.maxConnections,
  pipelining: 1,
  connectTimeout: nodeLimits.connectTimeoutMs,
  maxHeaderSize: nodeLimits.maxAnswerHeaderBytes,
} as const;

const through = {
  ...options,
  // Plain HTTP is asked of the proxy itself: many open tunnels to port 443 alone.
  proxyTunnel: false,
  // A proxy that takes the connection and never answers CONNECT.
  clientFactory: (origin: URL, given: object) =>
    new Pool(origin, { ...given, headersTimeout: nodeLimits.connectTimeoutMs }),
};

/**
 * Keep-alive connections to one origin, at most `maxConnections`. Throws if the proxy's URL is no
 * URL.
 *
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read as undici reads them, in small letters too. A host
 * of this machine's loopback is asked directly, as Go does: a proxy elsewhere would look for it on
 * its own machine.
 */
export function connectionsTo(origin: string, proxy: ProxyChoice): Dispatcher {
  if (proxy) return new ProxyAgent({ ...through, uri: proxy });
  const [httpProxy, httpsProxy] = [named('http_proxy'), named('https_proxy')];
  const isNamed = httpProxy !== '' || httpsProxy !== '';
  if (proxy === false || !isNamed || isLoopback(origin)) return new Pool(origin, options);
  return new EnvHttpProxyAgent({ ...through, httpProxy, httpsProxy });
}

/** The same to the Unix socket at `socketPath`; no proxy stands before one. */
export function connectionsToSocket(origin: string, socketPath: string): Dispatcher {
  return new Pool(origin, { ...options, socketPath });
}

/** What a variable names, in small letters or capitals; '': nothing. Without a scheme an HTTP proxy
 *  is meant. */
function named(variable: string): string {
  const { [variable]: small, [variable.toUpperCase()]: capital } = process.env;
  const text = small || capital || '';
  return text === '' || text.includes('://') ? text : `http://${text}`;
}

function isLoopback(origin: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname);
}
