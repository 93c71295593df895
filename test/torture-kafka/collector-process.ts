import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from '../../scripts/servers/poll.js';
import { TiedProcess } from '../../scripts/servers/tied-process.js';
import type { BreakMode } from './break-mode.js';
import { tortureLimits as limits } from './limits.js';
import type { ReceiptLog } from './receipt-log.js';

export interface CollectorSetup {
  /** The file of its program. */
  readonly program: string;
  readonly brokers: string;
  readonly topic: string;
  /** SOURCE=KEY each. */
  readonly writeKeys: readonly string[];
  /** Takes its log and its receipts. */
  readonly folder: string;
  readonly broken: BreakMode | undefined;
}

/** One life of a collector: holdfast-collector in a process of its own, on free ports. */
export class CollectorProcess {
  /** Of this life; the next one after a kill has another. */
  readonly label: string;
  readonly #setup: CollectorSetup;
  readonly #process: TiedProcess;

  constructor(label: string, setup: CollectorSetup) {
    this.label = label;
    this.#setup = setup;
    const { program, brokers, topic, writeKeys, folder, broken } = setup;
    const environment = {
      TORTURE_RECEIPTS: this.#receiptFile,
      TORTURE_BREAK: broken ?? '',
      HOLDFAST_KAFKA_BROKERS: brokers,
      HOLDFAST_KAFKA_TOPIC: topic,
    };
    this.#process = new TiedProcess({
      command: 'env',
      args: [
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...[process.execPath, program, '--sink', 'kafka', '--port', '0', '--admin-port', '0'],
        ...writeKeys.flatMap((key) => ['--write-key', key]),
      ],
      logFile: this.#logFile,
      folder,
    });
  }

  get #logFile(): string {
    return join(this.#setup.folder, `collector-${this.label}.log`);
  }

  get #receiptFile(): string {
    return join(this.#setup.folder, `receipts-${this.label}.jsonl`);
  }

  /** The port of /v1/events, once it listens. */
  async port(): Promise<number> {
    const found = await poll(
      `collector ${this.label} to listen`,
      () => {
        if (!this.#process.isRunning) return 'ended';
        return /"port":(\d+)/.exec(readFileSync(this.#logFile, 'utf8'))?.[1];
      },
      limits.startCollectorMs,
    );
    if (found === 'ended') throw new Error(`collector ${this.label} has ended: ${this.log()}`);
    return Number(found);
  }

  async kill(): Promise<void> {
    this.#process.signal('SIGKILL');
    await this.#process.ended();
  }

  /** What it logged last, while its folder is there. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8').slice(-2_000) : '';
  }

  readReceipts(into: ReceiptLog): void {
    into.read(this.#receiptFile, this.label, this.#setup.topic);
  }
}
