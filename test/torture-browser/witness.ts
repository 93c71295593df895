import type { CDPSession, Page } from 'playwright-core';
import { until } from '../../packages/sdk-browser/test/support/until.js';
import type { Testimony } from './page-program.js';
import type { RunRecord } from './run-record.js';

const bindingName = 'holdfastWitness';

/** Hears the pages of one browser. What it has heard had left the page, whatever came after. */
export class Witness {
  readonly runs = new Map<string, RunRecord>();
  readonly #errors: string[] = [];
  readonly #lifecycle: string[] = [];
  readonly #drops: string[] = [];
  readonly #listeners = new Set<(testimony: Testimony) => void>();

  /** Codes of the `error` diagnostic, as they came. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  get lifecycle(): readonly string[] {
    return this.#lifecycle;
  }

  /** Reasons of dropped events. */
  get drops(): readonly string[] {
    return this.#drops;
  }

  begin(run: RunRecord): RunRecord {
    this.runs.set(run.id, run);
    return run;
  }

  /** Hears this page, and whatever is loaded in it later. */
  async attend(page: Page): Promise<CDPSession> {
    const session = await page.context().newCDPSession(page);
    session.on('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === bindingName) this.#hear(JSON.parse(payload));
    });
    await session.send('Runtime.enable');
    await session.send('Runtime.addBinding', { name: bindingName });
    return session;
  }

  /** Resolves in the very step in which the testimony arrives. */
  next(isIt: (testimony: Testimony) => boolean, timeoutMs = 20_000): Promise<Testimony> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`the page said nothing of it within ${timeoutMs} ms`));
      }, timeoutMs);
      const listener = (testimony: Testimony) => {
        if (!isIt(testimony)) return;
        end();
        resolve(testimony);
      };
      this.#listeners.add(listener);
    });
  }

  /** Resolves when all that a run has accepted is stored. */
  allStored(run: RunRecord): Promise<void> {
    return until(`the events of ${run.id} are stored`, () => run.stored.size >= run.accepted.size);
  }

  #hear(testimony: Testimony): void {
    switch (testimony.kind) {
      case 'dropped':
        this.#drops.push(`${testimony.count} × ${testimony.reason}`);
        break;
      case 'error':
        this.#errors.push(testimony.code);
        break;
      case 'lifecycle':
        this.#lifecycle.push(testimony.name);
        break;
      default:
        this.runs.get(testimony.run)?.take(testimony);
    }
    for (const listener of [...this.#listeners]) listener(testimony);
  }
}
