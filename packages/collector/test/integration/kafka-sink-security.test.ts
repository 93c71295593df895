import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type KafkaCluster,
  type SecureListeners,
  startKafka,
} from '../../../../scripts/servers/kafka-cluster.js';
import { needsOwnKafka } from '../../../../test/support/needs-own-kafka.js';
import type { KafkaConnection } from '../../src/sinks/kafka/kafka-driver.js';
import { acceptedEvent } from '../support/accepted-event.js';
import { eventIdsOf } from '../support/kafka-topic.js';
import { openKafkaSink } from '../support/open-kafka-sink.js';

type Mechanism = NonNullable<KafkaConnection['sasl']>['mechanism'];

describe.skipIf(!needsOwnKafka('kcat', 'keytool'))(
  'the Kafka sink behind logins and certificates',
  () => {
    const topic = 'secured';
    let cluster: KafkaCluster;
    let secure: SecureListeners;
    let ca: string;
    beforeAll(async () => {
      cluster = await startKafka({ isSecure: true });
      secure = cluster.secure!;
      ca = await readFile(secure.caFile, 'utf8');
      await cluster.admin.createTopic({ name: topic, partitions: 1 });
    });
    afterAll(() => cluster?.stop());

    async function storesOver(connection: KafkaConnection, eventId: string): Promise<void> {
      const sink = await openKafkaSink({ ...connection, topic, allowSingleCopy: true });
      expect(await sink.write([acceptedEvent(eventId)])).toEqual([{ kind: 'stored' }]);
      await sink.close(5_000);
      expect(await eventIdsOf(cluster, topic)).toContain(eventId);
    }

    const login = (mechanism: Mechanism) => ({ mechanism, ...secure.credentials });

    it.each<Mechanism>(['plain', 'scram-sha-256', 'scram-sha-512'])(
      'logs in with SASL %s',
      async (mechanism) => {
        await storesOver({ brokers: [secure.sasl], sasl: login(mechanism) }, mechanism);
      },
    );

    it('talks TLS to a broker whose authority it is given', async () => {
      await storesOver({ brokers: [secure.tls], tls: { ca } }, 'tls');
    });

    it('logs in over TLS', async () => {
      const sasl = login('scram-sha-512');
      await storesOver({ brokers: [secure.saslTls], tls: { ca }, sasl }, 'sasl-tls');
    });

    it('refuses to open with a wrong password', async () => {
      const sasl = { ...login('scram-sha-256'), password: 'wrong' };
      const opening = openKafkaSink({ brokers: [secure.sasl], sasl, topic });
      await expect(opening).rejects.toMatchObject({ code: 'access_refused' });
    });

    it('refuses to open on a certificate that it cannot trust', async () => {
      const opening = openKafkaSink({ brokers: [secure.tls], tls: {}, topic });
      await expect(opening).rejects.toMatchObject({ code: 'access_refused' });
    });
  },
);
