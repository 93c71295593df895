/** Connections that hold on to a collector without saying what they want: it must cut them. */
import { connect, type Socket } from 'node:net';

export interface Stranger {
  readonly name: string;
  /** What it says at once. */
  readonly opening: string;
  /** What it says, a character at a time, until it is cut. */
  readonly drip: string;
}

export interface StrangerEnd {
  readonly name: string;
  /** Undefined: it was not cut. */
  readonly cutAfterMs: number | undefined;
  readonly received: string;
}

const head = 'POST /v1/events HTTP/1.1\r\nHost: collector\r\nAuthorization: Bearer net-key\r\n';
const typed = `${head}Content-Type: application/json\r\n`;

export const strangers: readonly Stranger[] = [
  { name: 'says nothing', opening: '', drip: '' },
  { name: 'stops in its headers', opening: head, drip: '' },
  { name: 'drips its headers', opening: head, drip: 'X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
  {
    name: 'stops in its body',
    opening: `${typed}Content-Length: 900\r\n\r\n{"events":[`,
    drip: '',
  },
  { name: 'drips its body', opening: `${typed}Content-Length: 900\r\n\r\n{"events":[`, drip: ' ' },
  {
    name: 'drips chunks',
    opening: `${typed}Transfer-Encoding: chunked\r\n\r\n`,
    drip: '1\r\n \r\n',
  },
];

const dripEveryMs = 100;

/** Resolves when the collector has cut it, or after `patienceMs`. */
export function meetStranger(
  port: number,
  { name, opening, drip }: Stranger,
  patienceMs: number,
): Promise<StrangerEnd> {
  const socket = connect(port, '127.0.0.1');
  const startedMs = performance.now();
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  // A reset is one way of cutting it.
  socket.on('error', () => {});
  socket.write(opening);
  const dripping = setInterval(dripper(socket, drip), dripEveryMs);
  return new Promise((resolve) => {
    const patience = setTimeout(() => finish(undefined), patienceMs);
    const finish = (cutAfterMs: number | undefined) => {
      clearInterval(dripping);
      clearTimeout(patience);
      socket.destroy();
      resolve({ name, cutAfterMs, received });
    };
    socket.once('close', () => finish(performance.now() - startedMs));
  });
}

function dripper(socket: Socket, drip: string): () => void {
  let at = 0;
  return () => {
    if (drip === '' || socket.destroyed) return;
    socket.write(drip[at++ % drip.length]!);
  };
}
