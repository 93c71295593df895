import dns from 'node:dns';

type LookupCallback = (error: Error | null, address?: unknown, family?: number) => void;
type Lookup = (host: string, options: { readonly all?: boolean }, callback: LookupCallback) => void;

/** What a name under .invalid resolves to; a code is the resolver's failure. */
export type Resolution = 'ENOTFOUND' | 'EAI_AGAIN' | 'no answer' | '127.0.0.1';

/**
 * The platform's resolver with names of our own, so that a failure of DNS needs no network: what
 * ends in .invalid is answered here, and all else as ever.
 */
export class ModelResolver {
  readonly names = new Map<string, Resolution>();
  readonly #onFailure: (resolution: Resolution) => void;
  readonly #platformLookup = dns.lookup;

  constructor(onFailure: (resolution: Resolution) => void) {
    this.#onFailure = onFailure;
  }

  install(): void {
    const platform = this.#platformLookup as unknown as Lookup;
    const lookup: Lookup = (host, options, callback) => {
      if (host.endsWith('.invalid')) this.#answer(host, options, callback);
      else platform(host, options, callback);
    };
    Object.assign(dns, { lookup });
  }

  uninstall(): void {
    Object.assign(dns, { lookup: this.#platformLookup });
  }

  #answer(host: string, { all }: { readonly all?: boolean }, callback: LookupCallback): void {
    const resolution = this.names.get(host) ?? 'ENOTFOUND';
    if (resolution !== '127.0.0.1') this.#onFailure(resolution);
    if (resolution === 'no answer') return;
    setImmediate(() => {
      if (resolution === '127.0.0.1') {
        if (all) callback(null, [{ address: resolution, family: 4 }]);
        else callback(null, resolution, 4);
        return;
      }
      const message = `getaddrinfo ${resolution} ${host}`;
      callback(Object.assign(new Error(message), { code: resolution, syscall: 'getaddrinfo' }));
    });
  }
}
