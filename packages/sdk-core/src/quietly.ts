/** What the action returns; undefined if it throws, where that is as good as nothing. */
export function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
