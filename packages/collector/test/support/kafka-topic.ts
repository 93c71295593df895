import type { KafkaCluster } from '../../../../scripts/servers/kafka-cluster.js';
import { readTopic } from '../../../../scripts/servers/kcat.js';

/** The eventIds of a topic, one for each record, as kcat reads them. */
export async function eventIdsOf(cluster: KafkaCluster, topic: string): Promise<string[]> {
  const records = await readTopic(cluster.bootstrap, topic);
  return records.map(({ value }) => (JSON.parse(value) as { eventId: string }).eventId);
}

/** Which of the acked events the topic does not have. */
export async function absent(
  cluster: KafkaCluster,
  topic: string,
  acked: readonly string[],
): Promise<string[]> {
  const present = new Set(await eventIdsOf(cluster, topic));
  return acked.filter((eventId) => !present.has(eventId));
}
