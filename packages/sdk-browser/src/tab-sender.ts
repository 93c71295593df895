/**
 * Which tab sends, and what the others are told: wires queue, lock and page to one client.
 *
 * Invariants: this tab's delivery runs only while it holds the lock, or while there is no storage
 * that tabs could share. Whatever the sender settles, the tab that tracked it is told.
 */
import type { ClientCore, Clock, LeasedRecord, OutcomeKind } from '@holdfast/sdk-core';

import * as browserLimits from './limits.js';
import type { PageLifecycle } from './page-lifecycle.js';
import type { IndexedDbEventStore } from './queue/indexed-db-event-store.js';
import { leftPrefix } from './queue/left-rows.js';
import { SenderLock } from './sender-lock.js';
import { type EventNotice, noticeOf, type TabChannel, type TabMessage } from './tab-channel.js';

export interface TabSenderParts {
  readonly name: string;
  readonly clock: Clock;
  readonly lifecycle: PageLifecycle;
  readonly channel: TabChannel;
  /** Undefined where there is no durable storage. */
  readonly store: IndexedDbEventStore | undefined;
  readonly core: ClientCore;
  /** Told of the visitor's decision, made here or in another tab. */
  readonly onConsent: (isDenied: boolean) => void;
}

export class TabSender {
  readonly #parts: TabSenderParts;
  readonly #lock: SenderLock;
  readonly #unwatch: () => void;
  #isWanted = false;

  constructor(parts: TabSenderParts) {
    this.#parts = parts;
    const { name, clock, lifecycle, channel, core } = parts;
    this.#lock = new SenderLock({
      ...{ name, clock, channel },
      isVisible: lifecycle.isVisible,
      onAcquired: () => void this.#acquired(),
      onLost: () => core.delivery.stop(true),
      beforeLeaving: () => core.delivery.idle(),
    });
    channel.onMessage((message) => this.#told(message));
    core.settler.listener = {
      settled: (records, outcome) => this.#post('settled', records, outcome),
      tried: (records) => this.#post('tried', records),
    };
    core.on('error', ({ code }) => {
      // What waits in this tab's memory can be sent by this tab alone.
      if (code === 'storage_unavailable' && this.#isWanted) void core.start();
    });
    this.#unwatch = lifecycle.watch({
      hidden: () => this.#hidden(),
      frozen: () => this.#lock.release(),
      shown: () => this.#shown(),
      online: () => core.delivery.flush(),
      // A page has gone, and left rows for the one that sends.
      itemChanged: (item) => {
        if (item?.startsWith(leftPrefix(name)) && this.#lock.isHeld)
          void this.#parts.store?.recount();
      },
    });
  }

  /** Lets this tab send, as soon as it is its turn. */
  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    const { store, core } = this.#parts;
    if (!store) {
      void core.start();
      return;
    }
    this.#lock.request();
    this.look();
  }

  /** This tab sends no more; what it stored is sent by others. */
  stop(): void {
    this.#isWanted = false;
    this.#lock.release();
  }

  close(): void {
    this.stop();
    this.#unwatch();
    this.#parts.channel.close();
  }

  /** The visitor has decided: all that is queued goes, or it may be sent. */
  decided(isDenied: boolean): void {
    const { core, onConsent } = this.#parts;
    onConsent(isDenied);
    if (isDenied) {
      this.stop();
      void core.deny();
    } else {
      core.allow();
      core.holdInMemory(false);
      this.start();
    }
  }

  /** Asked before each request: another tab may have taken over while this one stood still. */
  confirm(): Promise<boolean> {
    const { store } = this.#parts;
    return store && store.durability !== 'memory' ? this.#lock.confirm() : Promise.resolve(true);
  }

  /** This tab has stored something. */
  stored(records: readonly EventNotice[]): void {
    const { channel } = this.#parts;
    channel.post({ kind: 'stored', records });
    this.#lock.ask();
  }

  /** Has the sender, whichever tab it is, send all that waits. */
  flush(): void {
    this.#parts.channel.post({ kind: 'flush' });
    this.#lock.ask();
  }

  /** Rows are in the database that nobody was told of: has the sender find them. */
  look(): void {
    void this.#parts.store?.recount();
    this.#parts.channel.post({ kind: 'look' });
    this.#lock.ask();
  }

  async #acquired(): Promise<void> {
    const { core, store } = this.#parts;
    await store?.recount();
    await core.start();
    if (!this.#lock.isHeld) core.delivery.stop();
  }

  #hidden(): void {
    const { core, store, channel } = this.#parts;
    core.storeNow();
    store?.leave();
    if (this.#lock.isHeld || !store) void this.#sendLast();
    // What is being stored just now may never be told of.
    else channel.post({ kind: 'look' });
  }

  async #sendLast(): Promise<void> {
    const { core, store } = this.#parts;
    if (store) store.prefersRecent = true;
    await core.delivery.sendLast(browserLimits.maxKeepaliveBytes);
    // The page is still there: recent rows of one priority must not hold up older ones of another.
    if (store) store.prefersRecent = false;
  }

  #shown(): void {
    const { core, store } = this.#parts;
    core.delivery.wake();
    if (!this.#isWanted || !store) return;
    this.#lock.request();
    this.#lock.ask();
  }

  #told(message: TabMessage): void {
    const { core, store } = this.#parts;
    switch (message.kind) {
      case 'stored':
        store?.arrived(message.records);
        break;
      case 'look':
        if (!this.#lock.isHeld) break;
        void store?.recount();
        store?.recountLater();
        break;
      case 'flush':
        core.delivery.flush();
        break;
      case 'settled':
        store?.forget(message.records);
        for (const { queueId, seq } of message.records) {
          core.outcomes.settled(queueId, seq, message.outcome);
        }
        break;
      case 'tried':
        core.outcomes.tried(message.records);
        break;
      case 'consent':
        this.decided(message.isDenied);
    }
  }

  #post(kind: 'settled' | 'tried', leased: readonly LeasedRecord[], outcome?: OutcomeKind): void {
    const records = leased.map(noticeOf);
    this.#parts.channel.post(
      kind === 'tried' ? { kind, records } : { kind, records, outcome: outcome! },
    );
  }
}
