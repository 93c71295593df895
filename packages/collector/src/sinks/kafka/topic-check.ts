import type { DescribeResult, TopicDescription } from './kafka-driver.js';
import { KafkaSinkError } from './kafka-sink-error.js';
import { kafkaSinkLimits as limits } from './limits.js';

/** What a look at the topic tells the sink. */
export type TopicCheck =
  | {
      readonly kind: 'fit';
      readonly partitionCount: number;
      /** Bytes of one send that the topic takes. */
      readonly maxSendBytes: number;
      /** What acks of it are worth less than `kafka`; empty if nothing. */
      readonly faults: readonly string[];
    }
  /** Kafka is away: it may be fit once it is back. */
  | { readonly kind: 'away'; readonly detail: string }
  /** It is there and not fit. */
  | { readonly kind: 'unfit'; readonly error: KafkaSinkError };

export function checkTopic(
  name: string,
  result: DescribeResult,
  allowSingleCopy: boolean,
): TopicCheck {
  if (result.kind === 'described') return checkDescription(name, result.topic, allowSingleCopy);
  switch (result.reason) {
    case 'missing_topic':
      return unfit(
        'missing_topic',
        `Kafka has no topic "${name}", and the collector never creates one. Create it with 3 ` +
          'replicas and min.insync.replicas=2, or name another by --kafka-topic.',
      );
    case 'refused':
      return unfit(
        'access_refused',
        `Kafka refuses the collector: ${result.detail}. Check --kafka-sasl and its credentials, ` +
          `--kafka-tls, and that it may describe and write the topic "${name}".`,
      );
    case 'unreachable':
    case 'timeout':
    case 'failed':
      return { kind: 'away', detail: result.detail };
  }
}

function checkDescription(
  name: string,
  topic: TopicDescription,
  allowSingleCopy: boolean,
): TopicCheck {
  if (topic.maxMessageBytes < limits.minMessageBytes) {
    const has = `max.message.bytes=${topic.maxMessageBytes}`;
    const fault = `topic "${name}" has ${has}; an event may take ${limits.minMessageBytes}`;
    return unfit('small_messages', `${fault}. Raise it.`);
  }
  const faults = durabilityFaults(topic);
  if (faults.length > 0 && !allowSingleCopy) {
    return unfit(
      'unsafe_topic',
      `topic "${name}" may lose acked events: ${faults.join('; ')}. Change the topic, or accept ` +
        'that with --allow-single-copy; acks then say kafka-single.',
    );
  }
  // A batch has a header of 61 bytes beside its records.
  const maxSendBytes = Math.min(limits.maxSendBytes, topic.maxMessageBytes - 100);
  return { kind: 'fit', partitionCount: topic.partitionCount, maxSendBytes, faults };
}

/** Why an acked event could be lost with one machine. */
function durabilityFaults(topic: TopicDescription): string[] {
  const faults: string[] = [];
  if (topic.replication < limits.minReplication) {
    faults.push(`replication factor ${topic.replication}, needs ${limits.minReplication}`);
  }
  if (topic.minInsyncReplicas < limits.minInsyncReplicas) {
    const has = `min.insync.replicas=${topic.minInsyncReplicas}`;
    faults.push(`${has}, needs ${limits.minInsyncReplicas}`);
  }
  if (topic.hasUncleanElection) {
    faults.push('unclean.leader.election.enable=true, needs false');
  }
  return faults;
}

function unfit(code: KafkaSinkError['code'], message: string): TopicCheck {
  return { kind: 'unfit', error: new KafkaSinkError(code, message) };
}
