// kafkajs throws away the metadata of a whole topic when a single partition of it has no leader,
// and with it every send to the partitions that have one. This makes it take such metadata: the
// leaderless partition keeps its leader of -1, and only a send to that partition fails.
import { createRequire } from 'node:module';

interface TopicMetadata {
  readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[];
}

interface MetadataAnswer {
  readonly topicMetadata: readonly TopicMetadata[];
}

interface MetadataProtocol {
  readonly versions: readonly string[];
  protocol(choice: { version: string }): (request: { topics: string[] }) => {
    response: { parse(answer: MetadataAnswer): Promise<MetadataAnswer> };
  };
}

const leaderNotAvailable = 5;
let isDone = false;

/** Changes kafkajs 2.2.4 for the whole process, once. */
export function acceptLeaderlessPartitions(): void {
  if (isDone) return;
  isDone = true;
  const load = createRequire(import.meta.url);
  const metadata = load('kafkajs/src/protocol/requests/metadata') as MetadataProtocol;
  for (const version of metadata.versions) {
    const { response } = metadata.protocol({ version })({ topics: [] });
    const parse = response.parse;
    response.parse = (answer) => parse(withoutMissingLeaders(answer));
  }
}

function withoutMissingLeaders(answer: MetadataAnswer): MetadataAnswer {
  const topicMetadata = answer.topicMetadata.map((topic) => ({
    ...topic,
    partitionMetadata: topic.partitionMetadata.map((partition) =>
      partition.partitionErrorCode === leaderNotAvailable
        ? { ...partition, partitionErrorCode: 0 }
        : partition,
    ),
  }));
  return { ...answer, topicMetadata };
}
