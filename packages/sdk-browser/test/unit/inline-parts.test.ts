// @vitest-environment node
import { expect, it } from 'vitest';
import { inlineParts } from '../../inline-parts.js';

function ofMethod(...lines: string[]): string {
  return inlineParts('a.ts', `class A { readonly #parts: P; go() { ${lines.join(' ')} } }`);
}

it('reads members where they are used', () => {
  expect(
    ofMethod('const { clock, plan } = this.#parts;', 'plan.park(() => clock.nowMs());'),
  ).toContain('go() {  this.#parts.plan.park(() => this.#parts.clock.nowMs()); }');
});

it('leaves names alone that stand for something else', () => {
  const text = ofMethod(
    'const { clock } = this.#parts;',
    'use({ clock, at: other.clock }); ((clock) => clock)(1); ({ clock: 2 });',
  );
  expect(text).toContain('use({ clock: this.#parts.clock, at: other.clock });');
  expect(text).toContain('((clock) => clock)(1); ({ clock: 2 });');
});

it('leaves a variable of its own name, and one with a default, as they are', () => {
  const lines = ['const { clock: time } = this.#parts;', 'const { wait = 1 } = this.#parts;'];
  expect(ofMethod(...lines, 'time.after(wait);')).toContain(`${lines.join(' ')} time.after(wait);`);
});
