import { describe, expect, it } from 'vitest';
import { ArchiveLoop } from './archive-loop.js';

/** Segments, archiver and clock under the test's control. */
class Surroundings {
  sealed = 0;
  runs = 0;
  fails = false;
  checked = Promise.resolve();
  readonly errors: unknown[] = [];
  readonly delaysMs: number[] = [];
  #listener: () => void = () => undefined;
  #timer: (() => void) | undefined;
  #hold: Promise<void> = Promise.resolve();

  readonly loop = new ArchiveLoop({
    archiver: {
      archiveSealed: async () => {
        this.runs++;
        await this.#hold;
        if (this.fails) throw new Error('disk full');
        const archived = this.sealed;
        this.sealed = 0;
        return archived;
      },
    },
    segments: {
      checked: () => this.checked,
      onSealed: (listener) => {
        this.#listener = listener;
        return () => {
          this.#listener = () => undefined;
        };
      },
    },
    clock: {
      schedule: (delayMs, callback) => {
        this.delaysMs.push(delayMs);
        this.#timer = callback;
        return () => {
          this.#timer = undefined;
        };
      },
    },
    onError: (error) => this.errors.push(error),
  });

  seal(): void {
    this.sealed++;
    this.#listener();
  }

  /** Lets runs wait until the returned function is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#hold = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  fireTimer(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.();
  }
}

describe('ArchiveLoop', () => {
  it('archives what is sealed at the start, and what is sealed later', async () => {
    const around = new Surroundings();
    around.sealed = 1;
    around.loop.start();
    await expect.poll(() => around.sealed).toBe(0);
    around.seal();
    await expect.poll(() => around.sealed).toBe(0);
    await around.loop.stop();
  });

  it('archives nothing before the segments found at the start were looked through', async () => {
    const around = new Surroundings();
    let finishCheck: () => void = () => undefined;
    around.checked = new Promise((resolve) => {
      finishCheck = resolve;
    });
    around.sealed = 1;
    around.loop.start();
    around.seal();
    await new Promise((resolve) => setImmediate(resolve));
    expect(around.runs).toBe(0);
    finishCheck();
    await expect.poll(() => around.sealed).toBe(0);
  });

  it('archives what is sealed during a run, one run at a time', async () => {
    const around = new Surroundings();
    const release = around.hold();
    around.loop.start();
    await expect.poll(() => around.runs).toBe(1);
    around.seal();
    around.seal();
    expect(around.runs).toBe(1);
    release();
    await expect.poll(() => around.sealed).toBe(0);
    await around.loop.stop();
  });

  it('waits longer after each failure, and goes on when the disk does', async () => {
    const around = new Surroundings();
    around.fails = true;
    around.loop.start();
    for (let failures = 1; failures <= 8; failures++) {
      await expect.poll(() => around.errors.length).toBe(failures);
      await expect.poll(() => around.delaysMs.length).toBe(failures);
      around.sealed = 1;
      if (failures === 8) around.fails = false;
      around.fireTimer();
    }
    await expect.poll(() => around.sealed).toBe(0);
    expect(around.delaysMs).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    await around.loop.stop();
  });

  it('lets the run under way end when it is stopped, and begins no other', async () => {
    const around = new Surroundings();
    const release = around.hold();
    around.loop.start();
    await expect.poll(() => around.runs).toBe(1);
    around.seal();
    const stopped = around.loop.stop();
    around.seal();
    release();
    await stopped;
    expect(around.runs).toBe(1);
  });
});
