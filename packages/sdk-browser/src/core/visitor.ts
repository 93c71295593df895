import { newId } from './new-id.js';

export interface Visitor {
  readonly anonymousId: string;
  readonly userId?: string | undefined;
}

/** Who the visitor is, by the item of localStorage that all clients of a write key share. */
export function readVisitor(itemKey: string): Visitor {
  const made = { anonymousId: newId() };
  try {
    const { anonymousId, userId } = JSON.parse(localStorage.getItem(itemKey) ?? '{}') as Visitor;
    if (anonymousId) return { anonymousId, userId };
    localStorage.setItem(itemKey, JSON.stringify(made));
  } catch {
    // Missing, refused, full, or full of something else: memory does as well.
  }
  return made;
}
