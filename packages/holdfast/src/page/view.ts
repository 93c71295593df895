/** Puts figures and lists on the page. What came over the wire is only ever set as text. */
import type { LatestEvents, Rejections, Top } from '@holdfast/storage/query/answers';
import type { Balance } from './balance.js';

const terms = ['tracked', 'counted', 'pending', 'rejected', 'dropped'] as const;

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}

export function say(id: string, text: string): void {
  const target = element(id);
  // Screen readers announce a change of a status even if the text stays the same.
  if (target.textContent !== text) target.textContent = text;
}

/** `mood` colours it: good, bad, or neither. */
export function sayStatus(id: string, text: string, mood: 'good' | 'bad' | ''): void {
  say(id, text);
  element(id).classList.toggle('good', mood === 'good');
  element(id).classList.toggle('bad', mood === 'bad');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function showBalance(balance: Balance): void {
  for (const term of terms) {
    say(term, count(balance[term]));
    element(term).parentElement?.classList.toggle('none', balance[term] === 0);
  }
  for (const part of element('bar').children) {
    const share = balance[part.className as (typeof terms)[number]] / Math.max(1, balance.tracked);
    (part as HTMLElement).style.width = `${100 * share}%`;
  }
}

export function showTop({ rows }: Top): void {
  const highest = rows[0]?.count ?? 1;
  const items = rows.map((row) => {
    const meter = document.createElement('meter');
    meter.max = highest;
    meter.value = row.count;
    return item(row.value, count(row.count), meter);
  });
  showList('top', items, 'No event is counted yet.');
}

export function showLatest({ events }: LatestEvents): void {
  const items = events.map(({ event, receivedAt, source }) => {
    const name = String(event.event ?? event.name ?? event.type);
    return item(name, time(receivedAt), detail(`${source} · ${String(event.eventId)}`));
  });
  showList('latest', items, 'No event has arrived yet.');
}

export function showRejections({ rejections }: Rejections): void {
  const items = rejections.map(({ code, detail: why, receivedAt, excerpt }) =>
    item(why === null ? code : `${code}: ${why}`, time(receivedAt), detail(excerpt)),
  );
  showList('rejections', items, 'Nothing was refused.');
}

function showList(id: string, items: readonly HTMLElement[], whenEmpty: string): void {
  if (items.length > 0) {
    element(id).replaceChildren(...items);
    return;
  }
  const empty = document.createElement('li');
  empty.className = 'empty';
  empty.textContent = whenEmpty;
  element(id).replaceChildren(empty);
}

function item(name: string, value: string, below: HTMLElement): HTMLElement {
  const li = document.createElement('li');
  li.append(span('name', name), span('value', value), below);
  return li;
}

function detail(text: string): HTMLElement {
  const made = span('detail', text);
  made.title = text;
  return made;
}

function span(className: string, text: string): HTMLElement {
  const made = document.createElement('span');
  made.className = className;
  made.textContent = text;
  return made;
}

function time(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB');
}
