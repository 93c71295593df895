import { parseAck } from '@holdfast/protocol';
import { describeDialect } from '../../src/dialects/dialect.contract.js';
import { HoldfastDialect } from '../../src/dialects/holdfast-dialect.js';

describeDialect('HoldfastDialect', {
  create: () => new HoldfastDialect(),
  request: (eventIds) => ({
    head: { headers: { 'content-type': 'application/json' }, query: new URLSearchParams() },
    body: Buffer.from(
      JSON.stringify({
        batchId: 'sent-by-the-client',
        events: eventIds.map((eventId) => ({
          ...{ type: 'track', eventId, event: 'Tested', userId: 'u' },
          timestamp: '2026-11-23T10:00:00.000Z',
        })),
      }),
    ),
  }),
  unreadable: Buffer.from('{"events":[{"type":'),
  settledEvents: (status, body, eventCount) => {
    const ack = parseAck(JSON.stringify(body), 'sent-by-the-client', eventCount);
    return status === 200 && ack ? eventCount - ack.retry.length : 0;
  },
});
