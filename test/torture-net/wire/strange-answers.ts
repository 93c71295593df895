/** Answers that no collector gives: what else may sit behind a port or in between. */
import type { SeededRandom } from '../../support/seeded-random.js';
import type { Ending, WireFault } from './wire-fault.js';

type StrangeAnswer = WireFault & { readonly kind: 'strange answer' };

const http = (head: readonly string[], body = ''): Buffer =>
  Buffer.from(`HTTP/1.1 ${[...head, '', body].join('\r\n')}`, 'latin1');

const whole = (status: string, body: string, ...headers: string[]): Buffer =>
  http([status, `Content-Length: ${Buffer.byteLength(body)}`, ...headers], body);

/** An ack that fits nothing that was sent. */
const foreignAck = JSON.stringify({
  ...{ batchId: 'another', region: 'default', epoch: 0, durable: ['file'] },
  ...{ accepted: 1, duplicates: 0, rejected: [], retry: [] },
});

/** By name; each ends by itself or by the end of its connection. */
export function strangeAnswers(random: SeededRandom): ReadonlyMap<string, Buffer> {
  const tlsRecord = Buffer.from([0x16, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3, ...random.bytes(116)]);
  return new Map<string, Buffer>([
    ['nothing', Buffer.alloc(0)],
    ['garbage', Buffer.from(random.bytes(512))],
    ['TLS alert', Buffer.from([0x15, 3, 3, 0, 2, 2, 40])],
    ['TLS handshake', tlsRecord],
    ['HTTP/2 settings', Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])],
    ['SMTP greeting', Buffer.from('220 mail.example ESMTP\r\n')],
    ['length longer than the body', http(['200 OK', 'Content-Length: 9999'], foreignAck)],
    ['length shorter than the body', http(['200 OK', 'Content-Length: 5'], foreignAck)],
    ['chunks without an end', chunked(random)],
    ['a chunk of a wrong size', http(['200 OK', 'Transfer-Encoding: chunked'], 'zz\r\n{}\r\n')],
    ['half a head', Buffer.from('HTTP/1.1 200 OK\r\nContent-Le')],
    ['a huge header', http(['200 OK', `X-Huge: ${'a'.repeat(200_000)}`, 'Content-Length: 0'])],
    ['headers without an end', Buffer.from(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}`)],
    ['a huge body', whole('200 OK', `{"batchId":"${'a'.repeat(3_000_000)}"}`)],
    ['a body without a length', http(['200 OK'], ' '.repeat(2_000_000))],
    ['half an ack', whole('200 OK', foreignAck.slice(0, 40))],
    ['the ack of another batch', whole('200 OK', foreignAck)],
    ['a captive portal', whole('200 OK', '<html>Log in</html>', 'Content-Type: text/html')],
    ['a redirect', whole('302 Found', '', 'Location: http://127.0.0.1:1/')],
    ['no content', http(['204 No Content'])],
    ['switching protocols', http(['101 Switching Protocols', 'Upgrade: websocket'])],
    ['hints without an end', Buffer.concat(Array(100).fill(http(['103 Early Hints'])))],
    ['a status that is none', whole('999 Whatever', '')],
    ['a foreign 400', whole('400 Bad Request', '{"error":"bad"}')],
    ['a foreign 413', whole('413 Too Large', '<h1>413</h1>')],
    ['a foreign 403 that names a code', whole('403 Forbidden', '{"code":"shed","status":403}')],
    ['a broken encoding', whole('200 OK', foreignAck, 'Content-Encoding: gzip')],
    ['two answers', Buffer.concat([whole('500 Oops', ''), whole('200 OK', foreignAck)])],
  ]);
}

/** Each answer in each of the places where it can come from. */
export function strangeAnswerFaults(random: SeededRandom): StrangeAnswer[] {
  const endings: readonly Ending[] = ['end', 'reset'];
  const faults: StrangeAnswer[] = [];
  for (const [name, bytes] of strangeAnswers(random)) {
    for (const when of ['at once', 'instead', 'after commit'] as const) {
      const ending = endings[Math.floor(random.fraction() * endings.length)]!;
      faults.push({ kind: 'strange answer', name, bytes, when, ending });
    }
  }
  return faults;
}

function chunked(random: SeededRandom): Buffer {
  const chunk = `400\r\n${String.fromCharCode(97 + random.fraction() * 26).repeat(1_024)}\r\n`;
  return http(['200 OK', 'Transfer-Encoding: chunked'], chunk.repeat(50));
}
