/** Which faults a run of one seed puts on the wire. */
import { SeededRandom } from '../../support/seeded-random.js';
import { strangeAnswerFaults } from './strange-answers.js';
import type { WireCase } from './wire-case.js';
import type { Ending, WireFault } from './wire-fault.js';

/** How an exchange looks on the wire. */
export interface Form {
  readonly name: string;
  readonly encoding: WireCase['encoding'];
  readonly textLength: number;
  /** Bytes of its request's head, of all of the request, and of the answer; the least of several. */
  readonly headBytes: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

/** One case: its faults come one connection after the other. */
export interface PlannedCase {
  readonly name: string;
  readonly seed: number;
  readonly form: Form;
  readonly faults: readonly WireFault[];
}

/** Every so many bytes of an exchange is cut; of the coarser ones the seeds take all together. */
const cutSteps: Record<string, number> = { json: 1, brotli: 7, msgpack: 7 };
/** Cases with several faults in a row. */
const stormsOfSeed = 150;

export function planWire(seed: number, forms: readonly Form[]): PlannedCase[] {
  const random = new SeededRandom(seed);
  const cases: PlannedCase[] = [];
  const add = (form: Form, faults: readonly WireFault[], name: string) => {
    cases.push({ name: `${form.name}: ${name}`, seed, form, faults });
  };
  for (const form of forms) {
    for (const fault of cutsOf(form, seed, random)) add(form, [fault], wordsOf(fault));
  }
  const [json] = forms;
  const strange = strangeAnswerFaults(random);
  for (const fault of strange) add(json!, [fault], wordsOf(fault));
  for (const fault of strange.filter(({ when }) => when === 'instead')) {
    // Again and again: a batch that is split in two may not hide that it was judged by a stranger.
    add(json!, [fault, fault, fault], `three times ${wordsOf(fault)}`);
  }
  for (const form of forms) {
    for (const fault of shortFaults()) add(form, [fault], wordsOf(fault));
  }
  for (let n = 0; n < stormsOfSeed; n++) {
    const form = oneOf(forms, random);
    const next = () => stormy(form, strange, random);
    const faults = Array.from({ length: 2 + random.fraction() * 3 }, next);
    add(form, faults, `storm ${n}: ${faults.map(wordsOf).join(' | ')}`);
  }
  return cases;
}

/** Faults that last until a timeout of 30 s ends them: few, and all at the same time. */
export function planSlowWire(seed: number, forms: readonly Form[]): PlannedCase[] {
  const [json] = forms;
  const { headBytes, answerBytes, requestBytes } = json!;
  const faults: WireFault[] = [
    { kind: 'silence' },
    { kind: 'cut request', afterBytes: 0, ending: 'vanish' },
    { kind: 'cut request', afterBytes: headBytes - 20, ending: 'vanish' },
    { kind: 'cut request', afterBytes: requestBytes - 20, ending: 'vanish' },
    { kind: 'cut answer', afterBytes: 5, ending: 'vanish' },
    { kind: 'cut answer', afterBytes: answerBytes - 20, ending: 'vanish' },
    { kind: 'lost answer', ending: 'vanish' },
    { kind: 'dripped request', afterBytes: 0, everyMs: 60 },
    { kind: 'dripped request', afterBytes: headBytes, everyMs: 60 },
    { kind: 'dripped answer', afterBytes: 0, everyMs: 200 },
    { kind: 'dripped answer', afterBytes: answerBytes - 200, everyMs: 200 },
    // Slow, but within all limits.
    { kind: 'dripped answer', afterBytes: 0, everyMs: 10 },
    ...strangeAnswerFaults(new SeededRandom(seed))
      .filter(({ name, when }) => when === 'after commit' && hangs.includes(name))
      .map((fault) => ({ ...fault, ending: 'vanish' }) as const),
  ];
  return faults.map((fault) => ({
    ...{ name: `${json!.name}: ${wordsOf(fault)}`, seed, form: json!, faults: [fault] },
  }));
}

/** Answers whose end a client could wait for without an end of its own. */
const hangs: readonly string[] = [
  'nothing',
  'half a head',
  'chunks without an end',
  'length longer than the body',
  'hints without an end',
];

/** A cut at every few bytes of the request and of the answer, in both manners. */
function* cutsOf(form: Form, seed: number, random: SeededRandom): Generator<WireFault> {
  const step = cutSteps[form.name]!;
  const ending = (): Ending => (random.fraction() < 0.5 ? 'reset' : 'end');
  for (let bytes = seed % step; bytes < form.requestBytes; bytes += step) {
    yield { kind: 'cut request', afterBytes: bytes, ending: ending() };
  }
  for (let bytes = seed % step; bytes < form.answerBytes; bytes += step) {
    yield { kind: 'cut answer', afterBytes: bytes, ending: ending() };
  }
}

function shortFaults(): WireFault[] {
  return [
    { kind: 'lost answer', ending: 'reset' },
    { kind: 'lost answer', ending: 'end' },
    { kind: 'closed between requests', ending: 'reset' },
    { kind: 'closed between requests', ending: 'end' },
  ];
}

function stormy(form: Form, strange: readonly WireFault[], random: SeededRandom): WireFault {
  const upTo = (bytes: number) => Math.floor(random.fraction() * bytes);
  const ending: Ending = random.fraction() < 0.5 ? 'reset' : 'end';
  return oneOf<WireFault>(
    [
      { kind: 'cut request', afterBytes: upTo(form.requestBytes), ending },
      { kind: 'cut answer', afterBytes: upTo(form.answerBytes), ending },
      { kind: 'lost answer', ending },
      oneOf(strange, random),
    ],
    random,
  );
}

function oneOf<Item>(items: readonly Item[], random: SeededRandom): Item {
  return items[Math.floor(random.fraction() * items.length)]!;
}

function wordsOf(fault: WireFault): string {
  const words = Object.entries(fault).flatMap(([name, value]) =>
    name === 'kind' || Buffer.isBuffer(value) ? [] : [`${name} ${value}`],
  );
  return [fault.kind, ...words].join(', ');
}
