import type { KafkaFailure, KafkaFailureReason } from './kafka-driver.js';
import { kafkaSinkLimits } from './limits.js';

/** What kafkajs threw, in the port's words. */
export function kafkajsFailure(error: unknown): KafkaFailure {
  const root = rootCause(error);
  return { kind: 'failed', reason: reasonOf(root), detail: `${root.name}: ${root.message}` };
}

/**
 * Whether kafkajs goes on with what it has got after this failure, although that may be the very
 * reason: it looks for leaders and connections anew only after the failures named here.
 */
export function needsNewProducer(error: unknown): boolean {
  return !refreshedAfter.has(rootCause(error).name);
}

const refreshedAfter = new Set([
  'KafkaJSProtocolError',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
]);

interface KafkajsError extends Error {
  readonly code?: string | number;
  readonly type?: string;
}

function rootCause(error: unknown): KafkajsError {
  let root = error;
  for (let depth = 0; depth < kafkaSinkLimits.maxCauses; depth++) {
    if (!(root instanceof Error) || !(root.cause instanceof Error)) break;
    root = root.cause;
  }
  return root instanceof Error ? root : new Error(String(root));
}

function reasonOf({ name, type, code }: KafkajsError): KafkaFailureReason {
  if (name === 'KafkaJSRequestTimeoutError' || name === 'KafkaJSLockTimeout') return 'timeout';
  if (name === 'KafkaJSSASLAuthenticationError') return 'refused';
  if (type === 'SASL_AUTHENTICATION_FAILED' || type?.endsWith('AUTHORIZATION_FAILED')) {
    return 'refused';
  }
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'missing_topic';
  if (name.startsWith('KafkaJSConnection'))
    return isCertificateCode(code) ? 'refused' : 'unreachable';
  return 'failed';
}

/** OpenSSL's names for what is wrong with a certificate, and Node's for a wrong host name. */
function isCertificateCode(code: unknown): boolean {
  return typeof code === 'string' && /CERT|SIGNATURE|ERR_TLS/.test(code);
}
