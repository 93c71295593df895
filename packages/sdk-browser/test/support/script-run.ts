/** Runs a `<script>` build in a page made of fakes, and keeps all that leaves it. */
import { createContext, runInContext } from 'node:vm';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type * as DeadLetters from '../../src/dead-letters.js';
import type * as HoldfastModule from '../../src/index.js';

/** What outlives a page. */
export class Device {
  readonly indexedDB = new IDBFactory();
  readonly items = new Map<string, string>();
}

export interface Body {
  readonly batchId: string;
  readonly events: readonly { readonly eventId: string; readonly event?: string }[];
}

export class ScriptRun {
  readonly Holdfast: typeof HoldfastModule & typeof DeadLetters;
  readonly device: Device;
  /** Requests as they went out. */
  readonly bodies: Body[] = [];
  readonly urls: string[] = [];
  /** Messages to other tabs. */
  readonly messages: unknown[] = [];
  isOnline = true;
  /** Names of events that the collector refuses. */
  refused: readonly string[] = [];
  /** Answers in the collector's stead; undefined: the collector does. */
  answer: ((body: Body) => Response | undefined | Promise<undefined>) | undefined;

  /** `platform`: what this page has instead. */
  constructor(script: string, device: Device, platform: object = {}) {
    this.device = device;
    const page = createContext({
      ...{ AbortController, AbortSignal, Blob, crypto, performance, queueMicrotask, Response },
      ...{ Request, setTimeout, clearTimeout, TextDecoder, TextEncoder, URL },
      ...{ IDBKeyRange, indexedDB: device.indexedDB },
      BroadcastChannel: channelTo(this.messages),
      localStorage: {
        getItem: (key: string) => device.items.get(key) ?? null,
        setItem: (key: string, value: string) => device.items.set(key, value),
        removeItem: (key: string) => device.items.delete(key),
      },
      fetch: (url: string, { body }: { readonly body: string }) => this.#answer(url, body),
      ...platform,
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
    const answer = await this.answer?.(body);
    if (answer) return answer;
    const rejected = body.events.flatMap(({ event }, index) =>
      this.refused.includes(event ?? '') ? [{ index, code: 'invalid_event', detail: 'why' }] : [],
    );
    const accepted = body.events.length - rejected.length;
    return Response.json(ackOf(body, { accepted, rejected }));
  }
}

/** The collector's ack of a batch, all of it accepted but for what `members` say. */
export function ackOf({ batchId, events }: Body, members: object = {}): object {
  const verdicts = { accepted: events.length, duplicates: 0, rejected: [], retry: [] };
  return { batchId, region: 'here', epoch: 7, durable: ['memory'], ...verdicts, ...members };
}

/** The collector's refusal of a request. */
export function problemOf(status: number, code: string, headers: HeadersInit = {}): Response {
  return Response.json({ type: 'about:blank', title: code, status, code }, { status, headers });
}

function channelTo(messages: unknown[]) {
  return class {
    postMessage(message: unknown): void {
      messages.push(message);
    }
    close(): void {}
  };
}
