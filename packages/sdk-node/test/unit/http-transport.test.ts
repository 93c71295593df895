import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Abort } from '../../../sdk-core/src/attempt.js';
import { describeTransport } from '../../../sdk-core/test/contract/transport-contract.js';
import { TransportServer } from '../../../sdk-core/test/contract/transport-server.js';
import { nodeLimits } from '../../src/limits.js';
import { systemClock } from '../../src/system-clock.js';
import { HttpTransport } from '../../src/transport/http-transport.js';
import { ManualClock } from '../support/manual-clock.js';

describeTransport('HttpTransport', async () => {
  const transport = new HttpTransport(systemClock);
  return { transport, dispose: () => transport.close() };
});

describe('HttpTransport', () => {
  let server: TransportServer;
  let url: string;
  const clock = new ManualClock();
  let transport: HttpTransport;
  beforeEach(async () => {
    server = new TransportServer();
    url = await server.start();
    transport = new HttpTransport(clock);
  });
  afterEach(async () => {
    await server.stop();
    await transport.close();
  });

  const send = (events = ['{}']) =>
    transport.send({
      endpoint: url,
      writeKey: 'key-1',
      batchId: 'b-1',
      sentAt: '2026-11-23T00:00:00.000Z',
      epoch: 0,
      priority: 'normal',
      events,
      timeoutMs: 10_000,
      isKeepalive: false,
      signal: new Abort(),
    });

  it('keeps its connections, but none for longer than a minute', async () => {
    for (let n = 0; n < 9; n++) await send();
    // The second is made when an answer's end and the next request cross.
    const countBefore = server.connectionCount;
    expect(countBefore).toBeLessThanOrEqual(2);
    clock.advance(nodeLimits.maxPoolAgeMs);
    await send();
    expect(server.connectionCount).toBe(countBefore + 1);
    await vi.waitFor(() => expect(server.openConnectionCount).toBe(1));
  });

  it('compresses large bodies alone', async () => {
    await send();
    await send(['{"pad":"x"}'.repeat(200)]);
    expect(server.received.map(({ encoding }) => encoding)).toEqual([undefined, 'br']);
    expect(server.received[1]!.wireBytes).toBeLessThan(200);
  });
});
