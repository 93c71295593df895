/**
 * Which tab sends, and what the others are told: wires queue, lock and page to one client.
 *
 * Invariants: this tab's delivery runs only while it holds the lock, or while there is no storage
 * that tabs could share. Whatever the sender settles, the tab that tracked it is told.
 */
import type { ClientCore, Clock } from '@holdfast/sdk-core';

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
    const { lifecycle, channel, store, core } = parts;
    this.#lock = new SenderLock({
      ...parts,
      isVisible: lifecycle.isVisible,
      onAcquired: () => void this.#acquired(),
      onLost: () => core.delivery.stop(true),
      beforeLeaving: () => core.delivery.idle(),
    });
    channel.onMessage((message) => this.#told(message));
    core.settler.listener = (leased, outcome) => {
      const records = leased.map(noticeOf);
      channel.post(outcome ? { kind: 'settled', records, outcome } : { kind: 'tried', records });
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
        if (item?.startsWith(leftPrefix(parts.name)) && this.#lock.isHeld) void store?.recount();
      },
    });
  }

  /** Lets this tab send, as soon as it is its turn. */
  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    if (!this.#parts.store) {
      void this.#parts.core.start();
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
    this.#parts.onConsent(isDenied);
    if (isDenied) {
      this.stop();
      void this.#parts.core.deny();
    } else {
      this.#parts.core.allow();
      this.#parts.core.holdInMemory(false);
      this.start();
    }
  }

  /** Asked before each request: another tab may have taken over while this one stood still. */
  async confirm(): Promise<boolean> {
    const isShared = this.#parts.store && this.#parts.store.durability !== 'memory';
    return !isShared || this.#lock.confirm();
  }

  /** This tab has stored something. */
  stored(records: readonly EventNotice[]): void {
    this.#tellSender({ kind: 'stored', records });
  }

  /** Has the sender, whichever tab it is, send all that waits. */
  flush(): void {
    this.#tellSender({ kind: 'flush' });
  }

  /** Rows are in the database that nobody was told of: has the sender find them. */
  look(): void {
    void this.#parts.store?.recount();
    this.#tellSender({ kind: 'look' });
  }

  #tellSender(message: TabMessage): void {
    this.#parts.channel.post(message);
    this.#lock.ask();
  }

  async #acquired(): Promise<void> {
    await this.#parts.store?.recount();
    await this.#parts.core.start();
    if (!this.#lock.isHeld) this.#parts.core.delivery.stop();
  }

  #hidden(): void {
    void this.#parts.core.stored();
    this.#parts.store?.leave();
    if (this.#lock.isHeld || !this.#parts.store) void this.#sendLast();
    // What is being stored just now may never be told of.
    else this.#parts.channel.post({ kind: 'look' });
  }

  async #sendLast(): Promise<void> {
    const store = this.#parts.store;
    if (store) store.prefersRecent = true;
    await this.#parts.core.delivery.sendLast(browserLimits.maxKeepaliveBytes);
    // The page is still there: recent rows of one priority must not hold up older ones of another.
    if (store) store.prefersRecent = false;
  }

  #shown(): void {
    this.#parts.core.delivery.wake();
    if (!this.#isWanted || !this.#parts.store) return;
    this.#lock.request();
    this.#lock.ask();
  }

  #told(message: TabMessage): void {
    const store = this.#parts.store;
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
        this.#parts.core.delivery.flush();
        break;
      case 'settled':
        store?.forget(message.records);
        this.#parts.core.outcomes.settled(message.records, message.outcome);
        break;
      case 'tried':
        this.#parts.core.outcomes.tried(message.records);
        break;
      case 'consent':
        this.decided(message.isDenied);
    }
  }
}
