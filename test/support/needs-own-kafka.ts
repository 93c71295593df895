import { kafkaCommands } from '../../scripts/servers/kafka-cluster.js';
import { needs } from './needs.js';

/** Whether a test may break brokers: those that it starts itself. Says why not, as `needs` does. */
export function needsOwnKafka(...commands: string[]): boolean {
  const isForeign = process.env.KAFKA_BROKERS !== undefined;
  if (isForeign) console.log('skipped: KAFKA_BROKERS is set, and this breaks brokers');
  return needs(...kafkaCommands, ...commands) && !isForeign;
}
