/**
 * Stands between a client and a collector and knows nothing but bytes. Each connection meets the
 * next fault of a list; when the list is empty the network is healed and bytes just pass.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FaultyLink } from './faulty-link.js';
import type { WireFault } from './wire-fault.js';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #faults: WireFault[];
  /** Faults that really happened: a cut behind the last byte does not. */
  readonly fired: WireFault[] = [];
  connections = 0;

  private constructor(targetPort: number, faults: readonly WireFault[]) {
    this.#faults = [...faults];
    this.#server = createServer((client) => {
      this.connections++;
      const link = new FaultyLink({
        client: this.#keep(client),
        dial: () => this.#keep(connect(targetPort, '127.0.0.1')),
        fault: this.#faults.shift(),
        onFired: (fault) => this.fired.push(fault),
      });
      link.start();
    });
  }

  static async start(targetPort: number, faults: readonly WireFault[]): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort, faults);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket.setNoDelay(true));
    // A connection that breaks is what this is about; who depends on it hears of its end.
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }
}
