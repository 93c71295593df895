import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { isWholeAnswer } from './is-whole-answer.js';
import { runWireCase, type WireBench, type WireCase } from './wire-case.js';
import type { Form } from './wire-plan.js';

/** Compressed bodies of one length differ by a few bytes. */
const slackBytes = 24;

/** Measures an undisturbed exchange, so that a cut falls where it is meant to. */
export async function measureForm(
  bench: WireBench,
  collectorPort: number,
  form: Pick<Form, 'name' | 'encoding' | 'textLength'>,
): Promise<Form> {
  let sent = Buffer.alloc(0);
  let received = Buffer.alloc(0);
  const server = createServer((client) => {
    const collector = connect(collectorPort, '127.0.0.1');
    client.on('data', (chunk: Buffer) => {
      if (!isWholeAnswer(received)) sent = Buffer.concat([sent, chunk]);
      collector.write(chunk);
    });
    collector.on('data', (chunk: Buffer) => {
      if (!isWholeAnswer(received)) received = Buffer.concat([received, chunk]);
      client.write(chunk);
    });
    client.on('error', () => {}).on('close', () => collector.destroy());
    collector.on('error', () => {}).on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const wireCase: WireCase = {
    ...{ ...form, name: `${form.name}: undisturbed`, seed: 1 },
    endpoints: [`http://127.0.0.1:${port}`],
  };
  const { failures } = await runWireCase(bench, wireCase);
  server.close();
  if (failures.length > 0) throw new Error(failures.join('; '));
  const slack = sent.includes('content-encoding: br') ? slackBytes : 0;
  return {
    ...form,
    headBytes: sent.indexOf('\r\n\r\n') + 4,
    requestBytes: sent.length - slack,
    answerBytes: received.length,
  };
}
