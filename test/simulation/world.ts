/**
 * One world: clients on machines and in browsers, a network, collectors, and what is behind them,
 * all on one virtual clock and out of one seed.
 */

import { type Ack, deadLetterTopic, defaultTopic } from '@holdfast/protocol';
import { KafkaSink } from '../../packages/collector/src/sinks/kafka/kafka-sink.js';
import { partitionOf } from '../../packages/collector/src/sinks/kafka/partitioner.js';
import type { SourceRecord } from '../../packages/collector/src/sources/source-record.js';
import { VirtualClock } from '../../packages/sdk-core/test/support/virtual-clock.js';
import { ProcessWorld } from '../../packages/sdk-node/test/support/process-world.js';
import { silentLogger } from '../../packages/server-core/src/json-logger.js';
import { SeededRandom } from '../support/seeded-random.js';
import { FaultCounts } from './fault-kinds.js';
import { Ledger, type Place } from './ledger.js';
import type { HttpAnswer } from './models/exchange.js';
import type { Life, ProcessClock } from './models/life.js';
import { Machine } from './models/machine.js';
import { KafkaCluster, ModelKafkaDriver } from './models/model-kafka.js';
import { ModelNetwork, type Weather } from './models/model-network.js';
import { ModelOrigin } from './models/model-origin.js';
import { BrowserTab } from './parts/browser-tab.js';
import type { CollectorRandom } from './parts/collector-random.js';
import { FileBackend } from './parts/file-backend.js';
import type { LiveClient } from './parts/live-client.js';
import { ModelServer, type SinkPair } from './parts/model-server.js';
import { NodeSlot } from './parts/node-slot.js';
import { type OriginPlan, type Plan, writeKey } from './plan.js';
import { StorageTier } from './storage-tier.js';
import { Trace } from './trace.js';

const sourceName = 'shop';

export class World {
  readonly plan: Plan;
  readonly clock = new VirtualClock(Date.parse('2026-11-23T23:50:00Z'));
  readonly trace: Trace;
  readonly faults = new FaultCounts();
  readonly ledger: Ledger;
  readonly storage: StorageTier;
  readonly cluster: KafkaCluster;
  readonly servers: ModelServer[];
  /** Where collectors keep files of their own: one for each server. */
  readonly backends: FileBackend[] = [];
  readonly weather: Weather[] = [];
  readonly network: ModelNetwork;
  readonly machines: Machine[] = [];
  readonly processWorlds = new Map<Machine, ProcessWorld>();
  readonly slots: NodeSlot[] = [];
  readonly tabs: BrowserTab[] = [];
  readonly origins: ModelOrigin[] = [];
  /** Stored events that were lost as they may be: the controls, which must lose. */
  readonly lostWithExcuse = { power: 0, lying: 0 };
  isHealed = false;
  isClosed = false;
  #boots = 1;
  readonly #random: SeededRandom;

  constructor(plan: Plan, isTraced: boolean) {
    const { clock, faults } = this;
    this.plan = plan;
    this.#random = new SeededRandom(plan.seed ^ 0x2545f491);
    this.trace = new Trace(() => clock.monotonicMs(), isTraced);
    this.ledger = new Ledger(() => clock.monotonicMs(), this.trace);
    this.storage = new StorageTier(this.ledger);
    this.cluster = new KafkaCluster({
      ...{ seed: this.drawSeed(), clock, faults, partitionCount: plan.partitionCount },
      onCommitted: (topic, records) => {
        for (const record of records) {
          if (topic === defaultTopic) this.storage.takeRecord(record);
          else this.storage.takeDeadLetter(record.headers.ce_id ?? '');
        }
      },
      onBreach: (text) => this.ledger.breach('bounds', text),
    });
    this.servers = plan.endpoints.map((url) => this.#createServer(url));
    this.network = new ModelNetwork({
      ...{ seed: this.drawSeed(), clock, faults, ledger: this.ledger, servers: this.servers },
      weather: this.weather,
    });
    for (const [index, origin] of plan.origins.entries()) this.#addOrigin(index, origin);
    for (const [index, host] of plan.hosts.entries()) this.#addMachine(index, host.slots);
  }

  drawSeed(): number {
    return Math.floor(this.#random.fraction() * 2 ** 32);
  }

  get random(): SeededRandom {
    return this.#random;
  }

  /** All that run now. */
  get liveClients(): LiveClient[] {
    return [...this.slots, ...this.tabs]
      .map(({ client }) => client)
      .filter((client) => client !== undefined && client.parts.book.end === undefined)
      .map((client) => client!);
  }

  /** Brings everything up. */
  async start(): Promise<void> {
    for (const server of this.servers) void server.start();
    await this.clock.advance(1_000);
    for (const slot of [...this.slots, ...this.tabs]) slot.start();
    await this.clock.settle();
  }

  /** Nothing goes wrong any more, and everybody is there who has something to send. */
  heal(): void {
    this.isHealed = true;
    this.ledger.note('the world is healed');
    this.weather.length = 0;
    this.cluster.heal();
    for (const machine of this.machines) machine.heal();
    for (const { machine, disk } of this.backends) {
      machine.heal();
      if (disk) disk.killAt = undefined;
    }
    for (const { process } of this.slots) if (process) process.files.killAt = undefined;
    for (const origin of this.origins) origin.heal();
    for (const server of this.servers) {
      server.isKeyUnknown = false;
      server.isLimited = false;
      server.isKeeperAway = false;
      server.loopDelayMs = 0;
      void server.start();
    }
    for (const slot of [...this.slots, ...this.tabs]) {
      slot.resume();
      if (slot.client?.parts.book.end === undefined) continue;
      slot.client.parts.life.kill();
      slot.startNow();
    }
  }

  /** All processes on the machine die, and its disk has what it has. */
  cutPower(machine: Machine): void {
    this.#excuse(machine, machine.disk.liedSyncs > 0);
    const bootId = `boot-${++this.#boots}`;
    for (const slot of this.slots) if (slot.machine === machine) slot.reboot(bootId);
    machine.cutPower();
  }

  /** All tabs are gone, and the browser's storage has what it has. */
  cutOriginPower(origin: ModelOrigin): void {
    this.#excuse(origin, false);
    this.faults.add('powerLoss');
    for (const tab of this.tabs) if (tab.origin === origin) tab.page?.life.kill();
    origin.cutPower();
  }

  /** A collector's machine fails with its power. */
  cutServerPower(index: number): void {
    this.ledger.note(`the power of ${this.servers[index]!.url} fails`);
    this.servers[index]!.crash();
    this.backends[index]!.reboot();
    this.backends[index]!.machine.cutPower();
  }

  /** Counts what queries really show, of files. */
  async recount(): Promise<void> {
    if (this.backends.length === 0) return;
    const shown = Promise.all(this.backends.map((backend) => backend.query()));
    let isOver = false;
    const ended = shown.then(
      (rows) => {
        this.storage.forget();
        for (const row of rows.flat()) this.storage.takeRow(row);
      },
      (error: unknown) => this.ledger.breach('the archive can be read', String(error)),
    );
    void ended.then(() => {
      isOver = true;
    });
    for (let n = 0; n < 60 && !isOver; n++) await this.clock.advance(1_000);
    if (!isOver) this.ledger.breach('the archive can be read', 'a query does not end');
  }

  jumpClock(place: Place & { skewMs: number }, skewMs: number): void {
    this.faults.add(skewMs > place.skewMs ? 'clockJumpForward' : 'clockJumpBack');
    this.ledger.note(`the clock of ${place.name} jumps`);
    place.skewMs = skewMs;
  }

  /** What may be lost now although it was stored. */
  #excuse(place: Place, hasLied: boolean): void {
    this.ledger.note(`the power of ${place.name} fails`);
    for (const event of this.ledger.events) {
      if (event.client.place !== place) continue;
      if (event.stored?.durability !== 'power') event.excuse ??= 'power';
      else if (hasLied) event.excuse ??= 'lying';
    }
  }

  /** Ends what still runs, so that nothing of this world reaches the next. */
  async close(): Promise<void> {
    const clients = this.liveClients;
    const closed = clients.map((client) => client.shutdown(1_000));
    await this.clock.advance(60_000);
    let openCount = closed.length;
    for (const promise of closed) void promise.then(() => openCount--);
    await this.clock.settle();
    if (openCount > 0) this.ledger.breach('shutdown ends', `${openCount} clients do not close`);
    this.isClosed = true;
    for (const slot of this.slots) slot.isWanted = false;
    for (const client of clients) client.parts.life.kill();
    for (const server of this.servers) server.stop();
  }

  #addOrigin(index: number, plan: OriginPlan): void {
    const origin = new ModelOrigin(`page-${index}`, this.drawSeed(), this.clock, this.faults);
    this.origins.push(origin);
    for (let n = 0; n < plan.tabs; n++) {
      this.tabs.push(new BrowserTab(this, origin, plan, `tab-${index}.${n}`));
    }
  }

  #addMachine(index: number, slots: number): void {
    const host = this.plan.hosts[index]!;
    const machine = new Machine(`host-${index}`, this.drawSeed(), this.clock, this.faults);
    this.machines.push(machine);
    this.processWorlds.set(machine, new ProcessWorld());
    for (let n = 0; n < slots; n++) {
      this.slots.push(new NodeSlot(this, machine, host, `node-${index}.${n}`));
    }
  }

  #createServer(url: string): ModelServer {
    const { clock, faults, ledger, plan } = this;
    const source: SourceRecord = {
      source: sourceName,
      writeKeys: [writeKey],
      origins: [],
      allowsCritical: plan.allowsCritical,
      ...(plan.maxEventsPerSecond && { maxEventsPerSecond: plan.maxEventsPerSecond }),
    };
    const machine = new Machine(url, this.drawSeed(), clock, faults);
    const backend = new FileBackend(machine, this.storage);
    const isFile = plan.sink === 'file';
    if (isFile) this.backends.push(backend);
    return new ModelServer({
      ...{ url, clock, faults, ledger, source, seed: this.drawSeed() },
      createSinks: (life, processClock, random) =>
        isFile
          ? backend.createSinks(life, processClock, random)
          : this.#createSinks(life, processClock, random),
      afterStart: async () => {
        if (isFile) await backend.started();
      },
      onAnswer: (answer, body) => {
        this.#checkAnswer(answer, body);
        if (!isFile) this.#checkPartitions(answer, body);
      },
    });
  }

  #createSinks(life: Life, clock: ProcessClock, random: CollectorRandom): SinkPair {
    const sink = (topic: string) =>
      new KafkaSink(
        { topic, allowSingleCopy: false },
        { clock, random, logger: silentLogger, driver: new ModelKafkaDriver(this.cluster, life) },
      );
    return { sinks: [sink(defaultTopic)], deadLetters: sink(deadLetterTopic(defaultTopic)) };
  }

  /** One partition that is down refuses nobody but its own events. */
  #checkPartitions({ status, body }: HttpAnswer, request: Buffer): void {
    const isRefused = status === 503 && body.includes('"sink_unavailable"');
    if (!isRefused && status !== 200) return;
    const sinceMs = this.clock.monotonicMs() - calmMs;
    if (!this.cluster.isCalm(sinceMs)) return;
    const ids = eventIdsOf(request);
    const keys = [...request.toString('latin1').matchAll(userIdPattern)].map((match) => match[1]!);
    if (keys.length !== ids.length) return;
    const retry = isRefused ? ids.map((_, index) => ({ index })) : (JSON.parse(body) as Ack).retry;
    const { partitionCount } = this.plan;
    const isSound = (key: string) =>
      this.cluster.isSound(partitionOf(Buffer.from(key), partitionCount));
    // A refused event waits for the partition of its dead letter.
    const refused = retry
      .filter(({ index }) => isSound(keys[index]!))
      .map(({ index }) => ids[index]!)
      .filter((id) => this.ledger.find(id)?.kind === 'sound');
    if (refused.length === 0) return;
    const text = `${refused.length} events of sound partitions are refused`;
    this.ledger.breach('one partition holds up no other', text, refused);
  }

  /** No 200 before the sink: what an ack calls accepted is committed when it is written out, and so
   *  is the dead letter of what it refuses. */
  #checkAnswer({ status, body }: HttpAnswer, request: Buffer): void {
    if (status !== 200) return;
    const ack = JSON.parse(body) as Ack;
    const ids = eventIdsOf(request);
    const excluded = new Set([...ack.rejected, ...ack.retry].map(({ index }) => index));
    const missing = ids.filter((id, index) => !excluded.has(index) && !this.storage.isCounted(id));
    if (missing.length > 0) {
      const text = `an ack calls ${missing.length} events accepted that no sink has`;
      this.ledger.breach('no 200 before the sink', text, missing);
    }
    const refused = ack.rejected.map(({ index }) => ids[index]!);
    const lost = refused.filter((id) => !this.storage.isDeadLetter(id));
    if (lost.length > 0) {
      const text = `an ack refuses ${lost.length} events whose dead letters nobody has`;
      this.ledger.breach('rejected only when kept', text, lost);
    }
  }
}

/** An older trouble of more than one partition has passed by then, breakers included. */
const calmMs = 180_000;
const userIdPattern = /"userId":"([^"]+)"/g;
const eventIdPattern = /\{(?:"type":"[a-z]+",)?"eventId":"([^"]+)"/g;

/** The eventIds in a body, in their order; framing does not matter, events stand in it as text. */
function eventIdsOf(body: Buffer): string[] {
  return [...body.toString('latin1').matchAll(eventIdPattern)].map((match) => match[1]!);
}
