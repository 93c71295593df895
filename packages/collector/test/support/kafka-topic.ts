import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaCluster } from '../../../../scripts/servers/kafka-cluster.js';
import { readTopic } from '../../../../scripts/servers/kcat.js';

/** The eventIds of a topic, one for each record, as kcat reads them. */
export async function eventIdsOf(cluster: KafkaCluster, topic: string): Promise<string[]> {
  const records = await readTopic(cluster.bootstrap, topic);
  return records.map(({ value }) => (JSON.parse(value) as { eventId: string }).eventId);
}

/** Looks before an event counts as absent, and the time between two of them. */
const maxLooks = 6;
const lookEveryMs = 1_000;

/**
 * Which of the acked events the topic does not have. A leader that has just taken over shows
 * records only up to the mark it last heard of, so one look may end too early; what is lost does
 * not come back however often one looks.
 */
export async function absent(
  cluster: KafkaCluster,
  topic: string,
  acked: readonly string[],
): Promise<string[]> {
  let missing: string[] = [];
  for (let look = 1; look <= maxLooks; look++) {
    const present = new Set(await eventIdsOf(cluster, topic));
    missing = acked.filter((eventId) => !present.has(eventId));
    if (missing.length === 0) break;
    await pause(lookEveryMs);
  }
  return missing;
}
