/** localStorage may be missing, refused or full, and hold anything: memory does as well. */
export function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
