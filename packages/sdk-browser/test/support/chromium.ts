/** A real Chromium under the test's control: its own process group, its own profile, killable. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { until } from './until.js';

const startTimeoutMs = 20_000;

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
];

export interface ChromiumOptions {
  readonly moreFlags?: readonly string[];
  /** A tab behind another one is hidden and can be frozen, as for a visitor. Otherwise DevTools
   *  keeps every tab visible. */
  readonly hidesBackgroundTabs?: boolean;
}

/** A profile folder, and at most one Chromium at a time that runs on it. */
export class Chromium {
  /** The profile's folder, as the browser sees it. */
  readonly profile: string;
  readonly #entry: readonly string[];
  #process: ChildProcess | undefined;
  #browser: Browser | undefined;

  static async create(): Promise<Chromium> {
    return new Chromium(await mkdtemp(join(tmpdir(), 'holdfast-chromium-')));
  }

  /** `entry` stands before the browser's command: it may see another `profile` than we do. */
  constructor(profile: string, entry: readonly string[] = []) {
    this.profile = profile;
    this.#entry = entry;
  }

  /** Starts it; what the profile holds from before is there again. */
  async start(options: ChromiumOptions = {}): Promise<BrowserContext> {
    const { moreFlags = [], hidesBackgroundTabs = false } = options;
    const executable = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim();
    const chosen = [...flags, ...moreFlags, `--user-data-dir=${this.profile}`];
    const [command, ...args] = [...this.#entry, executable, ...chosen, 'about:blank'];
    // Its own process group, so that the kill reaches every one of its processes.
    const child = spawn(command!, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    this.#browser = await chromium.connectOverCDP(await debuggerUrl(child), {
      noDefaults: hidesBackgroundTabs,
    });
    return this.#browser.contexts()[0]!;
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** SIGKILL, to all of its processes at once. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child?.pid) return;
    this.#process = undefined;
    const exited = child.exitCode === null && child.signalCode === null && once(child, 'exit');
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    await exited;
    await this.#browser?.close().catch(() => {});
  }

  async dispose(): Promise<void> {
    await this.kill();
    await until('the profile folder can be removed', () =>
      rm(this.profile, { recursive: true, force: true }).then(
        () => true,
        () => false,
      ),
    );
  }
}

function debuggerUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => {
      reject(new Error(`Chromium did not start: ${text}`));
    }, startTimeoutMs);
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (!url) return;
      clearTimeout(timer);
      // Read on, or a full pipe would stop the browser.
      child.stderr!.removeAllListeners('data').resume();
      resolve(url);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Chromium ended with ${code}: ${text}`));
    });
  });
}
