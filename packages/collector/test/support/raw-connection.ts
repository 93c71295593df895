import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawConnection {
  readonly socket: Socket;
  /** Everything that came back so far. */
  received(): string;
  /** Resolves with everything that came back once the other side closed. */
  closed(): Promise<string>;
}

/** A TCP connection that speaks HTTP only as well as a test writes it. */
export async function rawConnection(port: number, text = ''): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  // A reset ends the connection as a close does; what came before it counts.
  socket.on('error', () => undefined);
  const close = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.write(text);
  return {
    socket,
    received: () => received,
    closed: async () => {
      await close;
      return received;
    },
  };
}

/** The head of a POST with a body of `contentLength` bytes to come. */
export function postHead(contentLength: number, more: readonly string[] = []): string {
  const lines = [
    'POST /v1/events HTTP/1.1',
    'Host: collector',
    'Authorization: Bearer shop-key',
    'Content-Type: application/json',
    `Content-Length: ${contentLength}`,
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
