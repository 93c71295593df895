import type { OptionRule } from '@holdfast/server-core/options/option';
import { type OptionsInput, parseOptions } from '@holdfast/server-core/options/parse-options';
import { describe, expect, it } from 'vitest';
import { type CollectorOptions, collectorConfig, collectorOptions } from './options.js';

const enough = ['--write-key', 'shop=key-1', '--data', 'data'];

interface Given {
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly defaults?: NonNullable<OptionsInput['defaults']>;
  readonly variables?: NonNullable<OptionsInput['variables']>;
  readonly rule?: OptionRule<CollectorOptions>;
}

function parse(args: readonly string[], { files, environment = {}, rule, ...more }: Given = {}) {
  const rules = [...collectorOptions.rules, ...(rule ? [rule] : [])];
  return parseOptions(
    { ...collectorOptions, rules },
    {
      ...{ command: 'holdfast-collector', about: 'Collects.' },
      args,
      environment,
      ...more,
      readFile: (path) => {
        const text = files?.[path];
        if (text === undefined) throw new Error('no such file');
        return text;
      },
    },
  );
}

const configOf = (args: readonly string[], given: Given = {}) =>
  collectorConfig(optionsOf(args, given));

function optionsOf(args: readonly string[], given: Given = {}) {
  const parsed = parse(args, given);
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

function faultsOf(args: readonly string[], given: Given = {}) {
  const parsed = parse(args, given);
  return parsed.kind === 'invalid' ? parsed.faults : [];
}

describe('the configuration', () => {
  it('has a default for all but key and folder', () => {
    expect(configOf(enough)).toEqual({
      host: '127.0.0.1',
      port: 8_080,
      adminPort: 9_090,
      region: 'default',
      epoch: 0,
      drainMs: 25_000,
      clientIp: 'none',
      trustedProxies: [],
      sources: [{ source: 'shop', writeKeys: ['key-1'], origins: [], allowsCritical: false }],
    });
    expect(optionsOf(enough)).toMatchObject({
      sink: ['file'],
      data: 'data',
      maxDeadLetterBytes: 256_000_000,
      logLevel: 'info',
      kafkaTopic: 'events',
    });
  });

  it('takes a flag before a variable, a variable before the file, the file before a default', () => {
    const files = { 'h.json': '{"port":2,"adminPort":2,"epoch":2,"region":"file"}' };
    const environment = { HOLDFAST_PORT: '3', HOLDFAST_ADMIN_PORT: '3', HOLDFAST_CONFIG: 'h.json' };
    const defaults = { port: 1, adminPort: 1, epoch: 1, region: 'none', drainMs: 1 };
    const collector = configOf([...enough, '--port=4'], { files, environment, defaults });
    expect(collector).toMatchObject({
      port: 4,
      adminPort: 3,
      epoch: 2,
      region: 'file',
      drainMs: 1,
    });
  });

  it('gathers repeated flags, commas in variables and arrays in the file', () => {
    const all = [
      { source: 'shop', writeKeys: ['a', 'b=c'] },
      { source: 'blog', writeKeys: ['d'] },
    ];
    const keys = ['shop=a', 'shop=b=c', 'blog=d'];
    const data = ['--data', 'x'];
    const flags = optionsOf([...data, ...keys.flatMap((key) => ['--write-key', key])]);
    const variables = optionsOf(data, { environment: { HOLDFAST_WRITE_KEY: keys.join(', ') } });
    const file = optionsOf([...data, '--config', 'f'], {
      files: { f: JSON.stringify({ writeKey: keys }) },
    });
    for (const options of [flags, variables, file]) {
      expect(collectorConfig(options).sources).toMatchObject(all);
    }
  });

  it('puts what is said of a source into its record', () => {
    const collector = configOf([
      ...enough,
      ...['--write-key', 'blog=key-2', '--allow-critical', 'blog', '--rate-limit', 'blog=500'],
      ...['--allow-origin', 'shop=https://a.example', '--allow-origin', 'shop=http://b:81'],
    ]);
    expect(collector.sources).toEqual([
      {
        source: 'shop',
        writeKeys: ['key-1'],
        origins: ['https://a.example', 'http://b:81'],
        allowsCritical: false,
      },
      {
        source: 'blog',
        writeKeys: ['key-2'],
        origins: [],
        allowsCritical: true,
        maxEventsPerSecond: 500,
      },
    ]);
  });

  it('reads how many bytes of refused events are kept', () => {
    const flag = ['--max-dead-letter-bytes', '1000000'];
    expect(optionsOf([...enough, ...flag]).maxDeadLetterBytes).toBe(1_000_000);
    const environment = { HOLDFAST_MAX_DEAD_LETTER_BYTES: '0' };
    expect(optionsOf(enough, { environment }).maxDeadLetterBytes).toBe(0);
    const files = { f: '{"maxDeadLetterBytes":5}' };
    expect(optionsOf([...enough, '--config', 'f'], { files }).maxDeadLetterBytes).toBe(5);
    expect(faultsOf([...enough, '--max-dead-letter-bytes', '1GB'])).toEqual([
      '--max-dead-letter-bytes: must be a whole number from 0 to 9007199254740991, not "1GB"',
    ]);
  });

  it('reads how to reach Kafka, its credentials from the environment or from files', () => {
    const args = [
      ...['--sink', 'kafka', '--write-key', 'shop=k', '--kafka-brokers', 'a:9092,[::1]:9093'],
      ...['--kafka-tls', 'ca.pem', '--kafka-sasl', 'plain', '--allow-single-copy'],
    ];
    const environment = {
      HOLDFAST_KAFKA_USERNAME: 'me',
      HOLDFAST_KAFKA_PASSWORD_FILE: 'secret',
    };
    const files = { 'ca.pem': 'PEM', secret: 's3cret\n' };
    expect(optionsOf(args, { environment, files })).toMatchObject({
      kafkaBrokers: ['a:9092', '[::1]:9093'],
      kafkaTopic: 'events',
      allowSingleCopy: true,
      kafkaTls: 'PEM',
      kafkaSasl: 'plain',
      kafkaUsername: 'me',
      kafkaPassword: 's3cret',
    });
    expect(optionsOf(['--kafka-tls', ...args.slice(0, 6)]).kafkaTls).toBe(true);
    expect(optionsOf(args.slice(0, 6)).kafkaTls).toBe(false);
  });

  it('can be checked, and explains itself', () => {
    expect(parse(['check', ...enough]).kind).toBe('check');
    const help = parse(['--help']);
    expect(help.kind === 'help' && help.text).toContain('--write-key SOURCE=KEY');
    expect(parse(['--version']).kind).toBe('version');
  });

  it("explains a program's own defaults", () => {
    const help = parse(['--help'], { defaults: { adminPort: 0, data: './data' } });
    const text = help.kind === 'help' ? help.text : '';
    expect(text).toMatch(/--admin-port PORT .*; 0 takes a free one \(0\)\n/);
    expect(text).toMatch(/--data DIR .* \(\.\/data\)\n/);
    expect(text).toMatch(/--port PORT .* \(8080\)\n/);
  });

  it('lets the key dev claim any priority', () => {
    const collector = configOf(['--write-key', 'me=dev', '--data', 'x']);
    expect(collector.sources).toMatchObject([{ source: 'me', allowsCritical: true }]);
  });

  it('allows the key dev on loopback alone', () => {
    const dev = ['--write-key', 'dev=dev', '--data', 'x'];
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(faultsOf([...dev, '--host', host])).toEqual([]);
    }
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com', '127.0.0.1.example.com']) {
      expect(faultsOf([...dev, '--host', host])).toEqual([
        `--write-key: the key dev is for 127.0.0.1 alone, not for ${host}`,
      ]);
    }
  });
});

describe('a wrong configuration', () => {
  it('lists every fault at once, each with where it was said', () => {
    const args = ['--bogus', '--port', '99999', '--write-key', 'nokey', '--epoch=-1', '--data'];
    const environment = { HOLDFAST_DRAIN_MS: 'soon', HOLDFAST_ALLOW_SINGLE_COPY: 'perhaps' };
    const files = { f: '{"prot":1,"adminPort":"x","sink":["file","tape"]}' };
    expect(faultsOf([...args, '--config', 'f'], { environment, files })).toEqual([
      'prot in f: no such option',
      '--bogus: no such option',
      '--data: needs a value, DIR',
      '--port: must be a whole number from 0 to 65535, not "99999"',
      'adminPort in f: must be a whole number from 0 to 65535, not "x"',
      'sink in f: Invalid option: expected one of "file"|"kafka", not "tape"',
      'HOLDFAST_ALLOW_SINGLE_COPY: must be true or false, not "perhaps"',
      '--write-key: must be SOURCE=KEY',
      '--epoch: must be a whole number from 0 to 9007199254740991, not "-1"',
      'HOLDFAST_DRAIN_MS: must be a whole number from 0 to 3600000, not "soon"',
    ]);
  });

  it('takes the write keys that clients take, and no other', () => {
    const key = 'k'.repeat(256);
    const collector = configOf(['--data', 'd', '--write-key', `shop=${key}`]);
    expect(collector.sources![0]!.writeKeys).toEqual([key]);
    for (const wrong of [`${key}k`, 'two words', 'clé', '']) {
      const faults = faultsOf(['--data', 'd', '--write-key', `shop=${wrong}`]);
      expect(faults[0], wrong).toMatch(/^--write-key: must be SOURCE=KEY/);
      expect(faults[0]).not.toContain(`=${key}`);
    }
  });

  it('lists what options are together beside what each is alone', () => {
    const args = ['--port', 'x', '--sink', 'kafka', '--allow-origin', 'blog=https://b.example'];
    expect(faultsOf(args)).toEqual([
      '--port: must be a whole number from 0 to 65535, not "x"',
      '--write-key: at least one SOURCE=KEY is needed',
      '--kafka-brokers: the Kafka sink needs HOST:PORT',
      '--allow-origin: no --write-key names the source blog',
    ]);
  });

  it('does not conclude anything from an option that is wrong itself', () => {
    const args = ['--write-key', 'nokey', '--sink', 'tape', '--allow-critical', 'nokey'];
    expect(faultsOf(args)).toHaveLength(2);
  });

  it('names the variable that a program takes beside its own', () => {
    const variables = { PORT: 'port' };
    const wrong = { environment: { PORT: 'eighty' }, variables };
    expect(faultsOf(enough, wrong)).toEqual([
      'PORT: must be a whole number from 0 to 65535, not "eighty"',
    ]);
    const both = { environment: { PORT: '1', HOLDFAST_PORT: '2' }, variables };
    expect(optionsOf(enough, both).port).toBe(2);
  });

  it('has the faults of the program among the others', () => {
    const rule: OptionRule<CollectorOptions> = {
      about: ['sink'],
      faults: ({ sink }) => (sink.includes('kafka') ? ['--sink: not here'] : []),
    };
    expect(faultsOf(['--data', 'x', '--sink', 'kafka'], { rule })).toEqual([
      '--write-key: at least one SOURCE=KEY is needed',
      '--kafka-brokers: the Kafka sink needs HOST:PORT',
      '--sink: not here',
    ]);
  });

  it.each([
    ['--write-key: at least one SOURCE=KEY is needed', ['--data', 'x']],
    ['--data: the file sink needs a folder', ['--write-key', 'a=b']],
    ['--kafka-brokers: the Kafka sink needs HOST:PORT', [...enough, '--sink', 'kafka']],
    ['--sink: one stands twice', [...enough, '--sink', 'file', '--sink', 'file']],
    [
      '--write-key: one key (5 characters) for shop and blog',
      [...enough, '--write-key', 'blog=key-1'],
    ],
    [
      '--allow-critical: no --write-key names the source blog',
      [...enough, '--allow-critical', 'blog'],
    ],
    [
      '--allow-origin: must be SOURCE=URL with scheme and host alone, such as ' +
        'shop=https://shop.example, not "shop=https://a.example/path"',
      [...enough, '--allow-origin', 'shop=https://a.example/path'],
    ],
    [
      '--trust-proxy: must be an address or CIDR, not "10.0.0.0/33"',
      [...enough, '--trust-proxy', '10.0.0.0/33'],
    ],
    [
      '--listen: must be unix:PATH, of at most 107 bytes, not "tcp:80"',
      [...enough, '--listen', 'tcp:80'],
    ],
    ['--config: f: no such file', [...enough, '--config', 'f']],
    [
      '--admin-port: 81 is the port of --port too',
      [...enough, '--port', '81', '--admin-port', '81'],
    ],
  ])('%s', (fault, args) => {
    expect(faultsOf(args)).toEqual([fault]);
  });

  it('names both credentials that are missing', () => {
    const args = [
      '--sink=kafka',
      '--write-key',
      'a=b',
      '--kafka-brokers=a:1',
      '--kafka-sasl=plain',
    ];
    expect(faultsOf(args)).toEqual([
      'HOLDFAST_KAFKA_USERNAME: --kafka-sasl needs it',
      'HOLDFAST_KAFKA_PASSWORD: --kafka-sasl needs it',
    ]);
  });

  it('has a sink at least', () => {
    const environment = { HOLDFAST_SINK: ',' };
    expect(faultsOf(enough, { environment })).toEqual(['--sink: at least one is needed']);
  });

  it('reads no credentials that nothing asks for', () => {
    const environment = { HOLDFAST_KAFKA_PASSWORD_FILE: 'missing' };
    expect(faultsOf(enough, { environment })).toEqual([]);
  });

  it('takes a file for its text, whatever that is, and names the path in a message', () => {
    const kafka = ['--sink=kafka', '--write-key', 'a=b', '--kafka-brokers=a:1', '--kafka-tls=f'];
    expect(optionsOf(kafka, { files: { f: 'false' } }).kafkaTls).toBe('false');
    expect(optionsOf(kafka, { files: { f: '' } }).kafkaTls).toBe('');
    const [fault, ...more] = faultsOf(kafka, { files: { f: 'x'.repeat(1_000_001) } });
    expect(fault).toMatch(/^--kafka-tls: .*, not "f"$/);
    expect(more).toEqual([]);
  });

  it('is not repeated with the keys in it', () => {
    const faults = faultsOf(['--write-key', 'no source=s3cret', '--data', 'x']);
    expect(faults).toHaveLength(1);
    expect(faults.join()).not.toContain('s3cret');
  });
});
