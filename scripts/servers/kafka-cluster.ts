// Real Apache Kafka (KRaft) for tests, benchmarks and `npm run kafka`.
//
// One or three combined brokers on loopback ports, with their data and logs in a temporary folder.
// They cannot outlive the process that started them (tied-process.ts). `stop()` kills them and
// removes the folder. With KAFKA_BROKERS in the environment that cluster is used instead, and
// whatever would harm it is refused; the tests that can do with it expect three brokers.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaBroker } from './kafka-broker.js';
import { brokerProperties, log4jProperties } from './kafka-config.js';
import { createKeyStore, type KeyStore } from './key-store.js';
import { serverLimits } from './limits.js';
import { type LibrarySet, mavenLibraries } from './maven-libraries.js';
import { poll } from './poll.js';
import { runCommand } from './run-command.js';

const kafkaLibraries: LibrarySet = {
  name: 'kafka',
  version: '4.2.0',
  artifacts: [
    'org.apache.kafka:kafka_2.13:4.2.0',
    'org.apache.kafka:kafka-tools:4.2.0',
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.3',
    'org.apache.logging.log4j:log4j-core:2.25.3',
    'org.apache.logging.log4j:log4j-1.2-api:2.25.3',
  ],
};

export interface KafkaOptions {
  readonly brokers?: 1 | 3;
  /** Of the first broker's plain listener; default: a free one. */
  readonly port?: number;
  /** Listeners with SASL, with TLS and with both beside the plain one. */
  readonly isSecure?: boolean;
}

export interface KafkaCredentials {
  readonly username: string;
  readonly password: string;
}

export interface BrokerAddress {
  readonly port: number;
  readonly controllerPort: number;
  readonly secure?: {
    readonly saslPort: number;
    readonly tlsPort: number;
    readonly saslTlsPort: number;
  };
}

/** Where the listeners of a cluster with `isSecure` are, as bootstrap lines. */
export interface SecureListeners {
  readonly sasl: string;
  readonly tls: string;
  readonly saslTls: string;
  readonly caFile: string;
  readonly credentials: KafkaCredentials;
}

export interface KafkaCluster {
  /** `host:port,host:port` of the plain listeners. */
  readonly bootstrap: string;
  readonly admin: KafkaAdmin;
  /** Throws where KAFKA_BROKERS names a cluster that is not ours to break. */
  readonly brokers: readonly KafkaBroker[];
  readonly secure: SecureListeners | undefined;
  /** Configuration, logs and data; removed at the end. None of a foreign cluster. */
  readonly folder: string | undefined;
  /** Waits until all running brokers are listed and all partitions have all their copies. */
  waitUntilReady(): Promise<void>;
  stop(): Promise<void>;
}

/** The commands that a cluster of our own needs; none with KAFKA_BROKERS. */
export const kafkaCommands: readonly string[] = process.env.KAFKA_BROKERS ? [] : ['java', 'mvn'];

/** Starts a cluster, or takes the one that KAFKA_BROKERS names, and waits until it is ready. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const named = process.env.KAFKA_BROKERS;
  if (named) return new ForeignKafka(named);
  const libraries = await mavenLibraries(kafkaLibraries);
  for (let start = 1; ; start++) {
    const cluster = await OwnKafka.create(libraries, options);
    try {
      for (const broker of cluster.brokers) broker.start();
      await cluster.waitUntilReady();
      return cluster;
    } catch (error) {
      const log = await cluster.log();
      await cluster.stop();
      const isPortTaken = log.includes('Address already in use');
      if (isPortTaken && options.port === undefined && start < serverLimits.maxStarts) continue;
      throw new Error(`Kafka did not start: ${log.slice(-4_000)}`, { cause: error });
    }
  }
}

class OwnKafka implements KafkaCluster {
  readonly folder: string;
  readonly bootstrap: string;
  readonly admin: KafkaAdmin;
  readonly brokers: readonly KafkaBroker[];
  readonly secure: SecureListeners | undefined;

  constructor(
    folder: string,
    classPath: string,
    brokers: readonly KafkaBroker[],
    secure: SecureListeners | undefined,
  ) {
    this.folder = folder;
    this.bootstrap = brokers.map(({ address }) => address).join(',');
    this.admin = new KafkaAdmin(this.bootstrap, classPath);
    this.brokers = brokers;
    this.secure = secure;
  }

  static async create(libraries: string, options: KafkaOptions): Promise<OwnKafka> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-kafka-'));
    const classPath = join(libraries, '*');
    try {
      const addresses = await chooseAddresses(options);
      const keyStore = options.isSecure ? await createKeyStore(folder) : undefined;
      await writeFile(join(folder, 'log4j2.properties'), log4jProperties);
      const clusterId = randomClusterId();
      const brokers = await Promise.all(
        addresses.map((_, index) =>
          formatBroker({ id: index + 1, folder, classPath, clusterId, addresses, keyStore }),
        ),
      );
      return new OwnKafka(folder, classPath, brokers, secureListeners(addresses, keyStore));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async waitUntilReady(): Promise<void> {
    const running = this.brokers.filter(({ isRunning }) => isRunning);
    await poll(`${running.length} Kafka brokers`, async () => {
      if (!running.every(({ isRunning }) => isRunning)) return 'ended';
      // Each is asked by itself: the others list a killed one until its session ends.
      for (const { address } of running) {
        if (!(await new KafkaAdmin(address, '').isReady(running.length))) return false;
      }
      return 'ready';
    }).then((state) => {
      if (state === 'ended') throw new Error('a Kafka broker has ended');
    });
  }

  async stop(): Promise<void> {
    // Their data are thrown away, and all at once they could not stop in order anyway.
    await Promise.all(this.brokers.map((broker) => broker.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }

  async log(): Promise<string> {
    const texts = this.brokers.map(({ id }) => readFile(logFile(this.folder, id), 'utf8'));
    return (await Promise.all(texts)).join('');
  }
}

/** A cluster that somebody else runs. */
class ForeignKafka implements KafkaCluster {
  readonly bootstrap: string;
  readonly admin: KafkaAdmin;
  readonly secure = undefined;
  readonly folder = undefined;

  constructor(bootstrap: string) {
    this.bootstrap = bootstrap;
    this.admin = new KafkaAdmin(bootstrap, '');
  }

  get brokers(): readonly KafkaBroker[] {
    throw new Error('KAFKA_BROKERS is set: faults are only put into brokers of our own. Unset it.');
  }

  async waitUntilReady(): Promise<void> {
    await this.admin.topics();
  }

  async stop(): Promise<void> {}
}

interface BrokerPlan {
  readonly id: number;
  readonly folder: string;
  readonly classPath: string;
  readonly clusterId: string;
  readonly addresses: readonly BrokerAddress[];
  readonly keyStore: KeyStore | undefined;
}

/** The one user of a secured cluster. */
const credentials: KafkaCredentials = { username: 'collector', password: 'collector-secret' };

const smallHeap = ['-Xms128m', '-Xmx384m', '-Xss512k', '-XX:+UseSerialGC'];
const shortLife = ['-XX:TieredStopAtLevel=1'];

async function formatBroker(plan: BrokerPlan): Promise<KafkaBroker> {
  const { id, folder, addresses, keyStore } = plan;
  const properties = join(folder, `broker-${id}.properties`);
  const dataFolder = join(folder, `data-${id}`);
  await mkdir(dataFolder);
  await writeFile(
    properties,
    brokerProperties({ id, addresses, dataFolder, credentials, ...(keyStore && { keyStore }) }),
  );
  const java = [
    ...[...smallHeap, ...shortLife, '-cp', plan.classPath],
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
  ];
  const format = ['kafka.tools.StorageTool', 'format', '-t', plan.clusterId, '-c', properties];
  await runCommand('java', [...java, ...format, ...(keyStore ? scramUsers : [])]);
  return new KafkaBroker(id, `127.0.0.1:${(addresses[id - 1] as BrokerAddress).port}`, {
    command: 'java',
    args: [...java, 'kafka.Kafka', properties],
    logFile: logFile(folder, id),
    folder,
  });
}

const scramUsers = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
  '--add-scram',
  `${mechanism}=[name=${credentials.username},password=${credentials.password}]`,
]);

const logFile = (folder: string, id: number): string => join(folder, `broker-${id}.log`);

async function chooseAddresses(options: KafkaOptions): Promise<BrokerAddress[]> {
  const count = options.brokers ?? 1;
  const ports = await freePorts(count * 5);
  const take = () => ports.pop() as number;
  return Array.from({ length: count }, (_, index) => ({
    port: options.port === undefined ? take() : options.port + index,
    controllerPort: take(),
    ...(options.isSecure && {
      secure: { saslPort: take(), tlsPort: take(), saslTlsPort: take() },
    }),
  }));
}

function secureListeners(
  addresses: readonly BrokerAddress[],
  keyStore: KeyStore | undefined,
): SecureListeners | undefined {
  if (keyStore === undefined) return undefined;
  const line = (name: 'saslPort' | 'tlsPort' | 'saslTlsPort'): string =>
    addresses.map(({ secure }) => `127.0.0.1:${secure?.[name]}`).join(',');
  return {
    sasl: line('saslPort'),
    tls: line('tlsPort'),
    saslTls: line('saslTlsPort'),
    caFile: keyStore.caFile,
    credentials,
  };
}

/** The first letter is ours: an id that begins with `-` would be taken for an option. */
function randomClusterId(): string {
  return `H${randomBytes(16).toString('base64url').slice(1)}`;
}
