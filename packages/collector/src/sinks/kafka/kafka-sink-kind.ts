import { deadLetterTopic, defaultTopic } from '@holdfast/protocol';
import {
  boolean,
  fileText,
  list,
  type OptionRule,
  type OptionValues,
  option,
  text,
  variableName,
} from '@holdfast/server-core/options/option';
import * as z from 'zod';
import { type SinkParts, sinkKind } from '../sink-kind.js';
import type { KafkaConnection } from './kafka-driver.js';
import { kafkaSinkLimits } from './limits.js';

const broker = z
  .string()
  .regex(/^[^\s:]+:\d{1,5}$|^\[[0-9A-Fa-f:]+\]:\d{1,5}$/, { error: 'must be HOST:PORT' });
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

const options = {
  kafkaBrokers: option(list(broker).default([]), {
    form: 'HOST:PORT',
    help: 'brokers to begin with',
    hasCommas: true,
  }),
  kafkaTopic: option(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,244}$/, { error: 'must be a topic name' })
      .default(defaultTopic),
    { form: 'NAME', help: 'topic of the events' },
  ),
  kafkaTls: option(
    z.union([boolean, fileText(kafkaSinkLimits.maxAuthorityLength)]).default(false),
    {
      form: '[CA]',
      help: 'TLS, with the authority in this PEM file',
      isFile: true,
    },
  ),
  kafkaSasl: option(z.enum(mechanisms).optional(), {
    form: mechanisms.join('|'),
    help: 'log in; name and password are variables',
  }),
  kafkaUsername: option(text.optional(), {
    form: '',
    help: 'for --kafka-sasl',
    secretOf: 'kafkaSasl',
  }),
  kafkaPassword: option(text.optional(), {
    form: '',
    help: 'for --kafka-sasl',
    secretOf: 'kafkaSasl',
  }),
  allowSingleCopy: option(boolean.default(false), {
    form: '',
    help: 'accept a topic with fewer than three replicas',
  }),
};

type KafkaOptions = OptionValues<typeof options>;

const rules: OptionRule<KafkaOptions>[] = [
  {
    about: ['kafkaBrokers'],
    faults: ({ kafkaBrokers }) =>
      kafkaBrokers.length === 0 ? ['--kafka-brokers: the Kafka sink needs HOST:PORT'] : [],
  },
  {
    about: ['kafkaSasl', 'kafkaUsername', 'kafkaPassword'],
    faults: (values) =>
      values.kafkaSasl === undefined
        ? []
        : (['kafkaUsername', 'kafkaPassword'] as const)
            .filter((name) => values[name] === undefined)
            .map((name) => `${variableName(name)}: --kafka-sasl needs it`),
  },
];

export const kafkaSinkKind = sinkKind({
  name: 'kafka',
  options,
  rules,
  durables: ['kafka', 'kafka-single'],
  create: (values, parts) => createOn(values.kafkaTopic, values, parts),
  createDeadLetters: (values, parts) => createOn(deadLetterTopic(values.kafkaTopic), values, parts),
});

/** kafkajs is loaded here: whoever keeps events elsewhere does not pay for it. */
async function createOn(topic: string, values: KafkaOptions, parts: SinkParts) {
  const { createKafkaSink } = await import('./create-kafka-sink.js');
  const { allowSingleCopy } = values;
  return createKafkaSink({ ...connectionOf(values), topic, allowSingleCopy }, parts);
}

function connectionOf(values: KafkaOptions): KafkaConnection {
  const { kafkaBrokers, kafkaTls, kafkaSasl, kafkaUsername = '', kafkaPassword = '' } = values;
  return {
    brokers: kafkaBrokers,
    tls: kafkaTls === false ? undefined : { ca: kafkaTls === true ? undefined : kafkaTls },
    sasl: kafkaSasl && {
      mechanism: kafkaSasl,
      username: kafkaUsername,
      password: kafkaPassword,
    },
  };
}
