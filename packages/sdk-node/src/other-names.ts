/** What options are called by other SDKs, and by those who write ours from memory. */
const namesElsewhere: Readonly<Record<string, string>> = {
  ...{ apikey: 'writeKey', key: 'writeKey', token: 'writeKey', projectkey: 'writeKey' },
  ...{ host: 'endpoint', apihost: 'endpoint', url: 'endpoint', baseurl: 'endpoint' },
  ...{ dataplaneurl: 'endpoint', serverurl: 'endpoint', collectorurl: 'endpoint' },
  ...{ endpoints: 'endpoint', collector: 'endpoint', hosts: 'endpoint' },
  ...{ debug: 'isDebug', logger: 'isDebug', verbose: 'isDebug' },
  ...{ flushat: 'maxBatchEvents', batchsize: 'maxBatchEvents', maxbatchsize: 'maxBatchEvents' },
  ...{ maxeventsinbatch: 'maxBatchEvents', flushqueuesize: 'maxBatchEvents' },
  ...{ flushinterval: 'flushIntervalMs', flushintervalmillis: 'flushIntervalMs' },
  ...{ maxqueuesize: 'maxQueueBytes', queuesize: 'maxQueueBytes' },
  ...{ beforesend: 'beforeStore', httpproxy: 'proxy', proxyurl: 'proxy', agent: 'proxy' },
  ...{ storagedir: 'queueDir', datadir: 'queueDir', queuepath: 'queueDir', path: 'queueDir' },
};

/** Which of `names` may be meant by `given`, which is none of them; undefined: who knows. */
export function meantBy(given: string, names: readonly string[]): string | undefined {
  const plain = plainName(given);
  const meant = namesElsewhere[plain] ?? names.find((name) => plainName(name) === plain);
  return meant !== undefined && names.includes(meant) ? meant : undefined;
}

/** Without what is a matter of style: `api_host`, `apiHost`, `API-HOST`. */
function plainName(name: string): string {
  return name.replace(/[^A-Za-z]/g, '').toLowerCase();
}
