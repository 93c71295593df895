import { setImmediate as turn } from 'node:timers/promises';
import type { FakeClock } from './fake-clock.js';

const stepMs = 50;
/** Turns of the event loop in which promises settle after each step. */
const turns = 3;

/** Lets `ms` pass in small steps, each with what follows from it: timers that timers set. */
export async function passTime(clock: FakeClock, ms: number): Promise<void> {
  await settle();
  for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
    clock.advance(Math.min(stepMs, ms - passedMs));
    await settle();
  }
}

/** Lets all promises settle that wait for nothing but each other. */
export async function settle(): Promise<void> {
  for (let i = 0; i < turns; i++) await turn();
}
