import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaCluster, startKafka } from '../../../../scripts/servers/kafka-cluster.js';
import { readTopic } from '../../../../scripts/servers/kcat.js';
import { poll } from '../../../../scripts/servers/poll.js';
import { needsOwnKafka } from '../../../../test/support/needs-own-kafka.js';
import { runChild } from '../support/child-process.js';
import { eventIdsOf } from '../support/kafka-topic.js';
import { runCollector } from '../support/run-collector.js';
import { batchOf, trackEvent } from '../support/track-event.js';

describe.skipIf(!needsOwnKafka('kcat'))('holdfast-collector --sink kafka', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka();
    for (const name of ['events', 'events.dead']) {
      await cluster.admin.createTopic({ name, partitions: 3 });
    }
  });
  afterAll(() => cluster?.stop());

  const args = (...more: string[]): string[] => [
    ...['--port', '0', '--admin-port', '0', '--write-key', 'shop=shop-key'],
    ...['--sink', 'kafka', '--kafka-brokers', cluster.bootstrap, ...more],
  ];

  it('puts events into the topic, where any Kafka client reads them', async () => {
    const { child, gone, post } = await runCollector(args('--allow-single-copy'));
    const answer = await post({ events: [trackEvent('e1', { userId: 'user-1' })] });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ accepted: 1, durable: ['kafka-single'] });
    child.kill('SIGTERM');
    expect(await gone()).toBe(0);
    const record = (await readTopic(cluster.bootstrap, 'events')).find(
      ({ headers }) => headers.ce_id === 'e1',
    );
    expect(record?.key).toBe('user-1');
    expect(record?.headers).toMatchObject({ ce_specversion: '1.0', ce_source: 'shop' });
    expect(JSON.parse(record?.value ?? '')).toEqual(trackEvent('e1', { userId: 'user-1' }));
  });

  it('exits with 1 on a topic with one replica, unless told to accept it', async () => {
    const { gone, output } = runChild('src/cli.ts', args());
    expect(await gone()).toBe(1);
    expect(output()).toContain('replication factor 1, needs 3');
    expect(output()).toContain('--allow-single-copy');
  });

  it('answers 503 with Retry-After while Kafka is down, and loses nothing', async () => {
    const { post } = await runCollector(args('--allow-single-copy'));
    const acked: string[] = [];
    let sent = 0;
    const send = async (): Promise<Response> => {
      const eventId = `down-${++sent}`;
      const answer = await post(batchOf(eventId));
      const { accepted } = (await answer.clone().json()) as { accepted?: number };
      if (accepted === 1) acked.push(eventId);
      return answer;
    };
    expect((await send()).status).toBe(200);
    await cluster.brokers[0]!.kill();
    const refusal = await poll('a 503', async () => {
      const answer = await send();
      return answer.status === 503 && answer;
    });
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect(await refusal.json()).toMatchObject({ code: 'sink_unavailable' });
    cluster.brokers[0]!.start();
    await cluster.waitUntilReady();
    await poll('a 200', async () => (await send()).status === 200);
    expect(await eventIdsOf(cluster, 'events')).toEqual(expect.arrayContaining(acked));
  });
});
