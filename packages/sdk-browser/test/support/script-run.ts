/** Runs a `<script>` build in a page made of fakes, and keeps all that leaves it. */
import { createContext, runInContext } from 'node:vm';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type * as HoldfastModule from '../../src/index.js';

/** What outlives a page. */
export class Device {
  readonly indexedDB = new IDBFactory();
  readonly items = new Map<string, string>();
}

interface Body {
  readonly batchId: string;
  readonly events: readonly { readonly eventId: string; readonly event?: string }[];
}

export class ScriptRun {
  readonly Holdfast: typeof HoldfastModule;
  readonly device: Device;
  /** Requests as they went out. */
  readonly bodies: Body[] = [];
  readonly urls: string[] = [];
  /** Messages to other tabs. */
  readonly messages: unknown[] = [];
  isOnline = true;
  /** Names of events that the collector refuses. */
  refused: readonly string[] = [];

  constructor(script: string, device: Device) {
    this.device = device;
    const page = createContext({
      ...{ AbortController, crypto, performance, queueMicrotask, Response, Request },
      ...{ setTimeout, clearTimeout, TextDecoder, URL, IDBKeyRange, indexedDB: device.indexedDB },
      BroadcastChannel: channelTo(this.messages),
      localStorage: {
        getItem: (key: string) => device.items.get(key) ?? null,
        setItem: (key: string, value: string) => device.items.set(key, value),
        removeItem: (key: string) => device.items.delete(key),
      },
      fetch: (url: string, { body }: { readonly body: string }) => this.#answer(url, body),
    });
    runInContext(script, page);
    this.Holdfast = page.Holdfast;
  }

  /** Everything in the database, by key. */
  rows(name: string): Promise<Map<string, unknown>> {
    return new Promise((resolve, reject) => {
      const opening = this.device.indexedDB.open(name);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const store = opening.result.transaction('rows').objectStore('rows');
        const keys = store.getAllKeys();
        const values = store.getAll();
        values.onsuccess = () => {
          opening.result.close();
          resolve(new Map(values.result.map((value, i) => [String(keys.result[i]), value])));
        };
      };
    });
  }

  async #answer(url: string, text: string): Promise<Response> {
    if (!this.isOnline) throw new TypeError('Failed to fetch');
    const body = JSON.parse(text) as Body;
    this.urls.push(url);
    this.bodies.push(body);
    const rejected = body.events.flatMap(({ event }, index) =>
      this.refused.includes(event ?? '') ? [{ index, code: 'invalid_event', detail: 'why' }] : [],
    );
    const accepted = body.events.length - rejected.length;
    const ack = { region: 'here', epoch: 7, durable: ['memory'], duplicates: 0, retry: [] };
    return Response.json({ ...ack, batchId: body.batchId, accepted, rejected });
  }
}

function channelTo(messages: unknown[]) {
  return class {
    postMessage(message: unknown): void {
      messages.push(message);
    }
    close(): void {}
  };
}
