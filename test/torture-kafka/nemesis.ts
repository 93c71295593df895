/** Puts one fault after the other in, in an order that the seed chooses. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../support/seeded-random.js';
import type { FaultSpan, Faults } from './faults.js';
import type { FaultKind, Form } from './form.js';
import type { Lane } from './lane.js';
import { tortureLimits as limits } from './limits.js';
import { monotonicMs } from './monotonic-clock.js';

export class Nemesis {
  readonly #faults: Faults;
  readonly #lane: Lane;
  readonly #form: Form;
  readonly #random: SeededRandom;
  readonly spans: FaultSpan[] = [];
  /** What it is at now. */
  doing = 'warming up';

  constructor(faults: Faults, lane: Lane, form: Form, random: SeededRandom) {
    this.#faults = faults;
    this.#lane = lane;
    this.#form = form;
    this.#random = random;
  }

  /** Every fault as often as the form says; after `enoughMs` only what has not fired yet. */
  async run(): Promise<void> {
    const enoughAtMs = monotonicMs() + this.#form.enoughMs;
    for (const kind of this.#plan()) {
      const hasFired = this.spans.some((span) => span.kind === kind);
      if (hasFired && monotonicMs() > enoughAtMs) continue;
      this.doing = kind;
      const span = await this.#faults.run(kind);
      this.spans.push(span);
      this.doing = `after ${kind}`;
      await this.#untilAcksFlow();
      const isKill = kind === 'kill-leader';
      const leastMs = isKill ? this.#form.killPeriodMs - (monotonicMs() - span.fromMs) : 0;
      await pause(Math.max(leastMs, this.#faults.between(this.#form.restMs)));
    }
    this.doing = 'draining';
  }

  /**
   * In an order of chance, but: partitions are added early, so that they are used, and the faults
   * that make clients wait for a Retry-After come far from each other and from the end.
   */
  #plan(): FaultKind[] {
    const { counts } = this.#form;
    const times = (kind: FaultKind) => Array<FaultKind>(counts[kind]).fill(kind);
    const heavy = this.#shuffled([...times('all-down'), ...times('min-isr')]);
    const plan = this.#shuffled([
      ...times('kill-leader'),
      ...times('pause-broker'),
      ...times('move-leaders'),
      ...times('kill-collector'),
    ]);
    const stride = plan.length / Math.max(1, heavy.length);
    for (const [index, kind] of [...heavy.entries()].reverse()) {
      plan.splice(Math.floor((index + this.#random.fraction() * 0.6) * stride), 0, kind);
    }
    plan.splice(this.#random.below(3), 0, ...times('add-partitions'));
    return plan;
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.map(() => left.splice(this.#random.below(left.length), 1)[0] as Item);
  }

  /** Clients may be inside a Retry-After of up to a minute; others of them are not. */
  async #untilAcksFlow(): Promise<void> {
    const before = this.#lane.history.ackedEvents;
    const untilMs = monotonicMs() + this.#form.flowAgainMs;
    while (this.#lane.history.ackedEvents - before < this.#form.eventsPerSecond) {
      if (monotonicMs() > untilMs) return;
      await pause(limits.turnMs);
    }
  }
}
