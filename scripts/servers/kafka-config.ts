import type { BrokerAddress, KafkaCredentials } from './kafka-cluster.js';

export interface BrokerConfig {
  readonly id: number;
  readonly addresses: readonly BrokerAddress[];
  readonly dataFolder: string;
  readonly credentials: KafkaCredentials;
  /** Only where the cluster has TLS listeners. */
  readonly keyStore?: { readonly path: string; readonly password: string };
}

/** The `server.properties` of one combined broker and controller. */
export function brokerProperties(config: BrokerConfig): string {
  const { addresses } = config;
  const copies = Math.min(3, addresses.length);
  const own = addresses[config.id - 1] as BrokerAddress;
  const lines: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': config.id,
    'controller.quorum.voters': addresses
      .map(({ controllerPort }, index) => `${index + 1}@127.0.0.1:${controllerPort}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': config.dataFolder,
    'default.replication.factor': copies,
    'min.insync.replicas': Math.min(2, copies),
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': Math.min(2, copies),
    'group.initial.rebalance.delay.ms': 0,
    // A killed broker is noticed within 3 s, so that tests of it stay short.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'replica.lag.time.max.ms': 5_000,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'num.network.threads': 2,
    'num.io.threads': 4,
    ...listeners(own),
    ...security(config),
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function listeners({ port, controllerPort, secure }: BrokerAddress): Record<string, string> {
  const served = [`PLAINTEXT://127.0.0.1:${port}`];
  if (secure !== undefined) {
    served.push(`SASL_PLAINTEXT://127.0.0.1:${secure.saslPort}`);
    served.push(`SSL://127.0.0.1:${secure.tlsPort}`);
    served.push(`SASL_SSL://127.0.0.1:${secure.saslTlsPort}`);
  }
  const all = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL'];
  return {
    listeners: [...served, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
    'advertised.listeners': served.join(','),
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...all.map((name) => `${name}:${name}`),
    ].join(','),
  };
}

function security({ keyStore, credentials }: BrokerConfig): Record<string, string> {
  if (keyStore === undefined) return {};
  const { username, password } = credentials;
  const modules = 'org.apache.kafka.common.security';
  const logins = {
    plain: `${modules}.plain.PlainLoginModule required user_${username}="${password}";`,
    'scram-sha-256': `${modules}.scram.ScramLoginModule required;`,
    'scram-sha-512': `${modules}.scram.ScramLoginModule required;`,
  };
  const lines: Record<string, string> = {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.location': keyStore.path,
    'ssl.keystore.password': keyStore.password,
    'ssl.keystore.type': 'PKCS12',
  };
  for (const listener of ['sasl_plaintext', 'sasl_ssl']) {
    for (const [mechanism, login] of Object.entries(logins)) {
      lines[`listener.name.${listener}.${mechanism}.sasl.jaas.config`] = login;
    }
  }
  return lines;
}

/** Warnings and errors to the standard output, which goes to the broker's log file. */
export const log4jProperties = `appenders=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRefs=console
rootLogger.appenderRef.console.ref=console
`;
