import { type FaultKind, faultKinds } from './fault-kinds.js';
import type { SeedAnswer } from './sim-worker.js';

const progressMs = 5_000;
const hourMs = 3_600_000;

/** Adds up what the seeds of a run showed, and what failed. */
export class Figures {
  readonly failures: string[] = [];
  readonly #faults = new Map<FaultKind, number>();
  readonly #sums = {
    ...{ seeds: 0, tracked: 0, stored: 0, counted: 0, copies: 0, requests: 0, flushes: 0 },
    ...{ virtualMs: 0, lostToPower: 0, lostToLies: 0, replayed: 0 },
  };
  #longestDrainMs = 0;
  #printedMs = performance.now();

  take(seed: number, answer: SeedAnswer): void {
    this.#sums.seeds++;
    if (answer.kind === 'error') {
      this.#fail(`seed ${seed}: ${answer.error}`);
      return;
    }
    const { breaches, faults, figures, focus, hash } = answer.result;
    for (const { invariant, text } of breaches.slice(0, 1)) {
      const again = `npm run sim -- --seed ${seed} --trace`;
      this.#fail(`seed ${seed} (${focus}, hash ${hash}) ${invariant}: ${text} — ${again}`);
    }
    for (const [kind, count] of Object.entries(faults) as [FaultKind, number][]) {
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
    }
    const sums = this.#sums as Record<string, number>;
    for (const [name, value] of Object.entries(figures)) {
      if (name in sums) sums[name]! += value;
    }
    this.#longestDrainMs = Math.max(this.#longestDrainMs, figures.drainMs);
    this.#progress();
  }

  /** Says at once what broke, for a soak goes on for long. */
  #fail(failure: string): void {
    this.failures.push(failure);
    console.error(failure);
  }

  /** Two runs of a seed must be the same run. */
  compare(first: SeedAnswer, second: SeedAnswer): void {
    this.#sums.replayed++;
    if (first.kind === 'error' || second.kind === 'error') return;
    const { seed, hash } = first.result;
    if (second.result.hash === hash) return;
    this.failures.push(`seed ${seed} does not replay: ${hash}, then ${second.result.hash}`);
  }

  /** Each fault that is claimed must have happened, and the controls must have lost. */
  checkFaults({ perSeeds, count }: { readonly perSeeds: number; readonly count: number }): void {
    const { seeds, lostToPower, lostToLies } = this.#sums;
    if (seeds < perSeeds) {
      console.log(`fewer than ${perSeeds} seeds: how often each fault happened is not judged`);
      return;
    }
    const least = Math.floor((count * seeds) / perSeeds);
    for (const kind of Object.keys(faultKinds) as FaultKind[]) {
      const times = this.#faults.get(kind) ?? 0;
      if (times < least) this.failures.push(`fault ${kind} happened ${times} times, not ${least}`);
    }
    const control = 'the control lost nothing:';
    if (lostToPower === 0) this.failures.push(`${control} power cuts without fdatasync`);
    if (lostToLies === 0) this.failures.push(`${control} power cuts with a lying fdatasync`);
  }

  print(): void {
    console.log('\nfault                       times  what');
    for (const [kind, what] of Object.entries(faultKinds)) {
      const times = String(this.#faults.get(kind as FaultKind) ?? 0);
      console.log(`${kind.padEnd(24)} ${times.padStart(8)}  ${what}`);
    }
  }

  /** The figures that matter most, in a few words. */
  headline(): string {
    const { seeds, tracked, virtualMs } = this.#sums;
    const hours = Math.round(virtualMs / hourMs);
    return `${seeds} worlds, ${tracked} events, ${hours} hours, ${this.failures.length} failures`;
  }

  line(): Record<string, unknown> {
    const { virtualMs, ...sums } = this.#sums;
    return {
      ...sums,
      virtualHours: Math.round(virtualMs / hourMs),
      longestDrainS: Math.round(this.#longestDrainMs / 1_000),
      faults: Object.fromEntries(this.#faults),
    };
  }

  #progress(): void {
    if (performance.now() - this.#printedMs < progressMs) return;
    this.#printedMs = performance.now();
    const { seeds, tracked, counted, requests } = this.#sums;
    const failed = this.failures.length;
    console.log(
      `${seeds} seeds: ${tracked} events tracked, ${counted} counted, ${requests} requests, ${failed} failures`,
    );
  }
}
