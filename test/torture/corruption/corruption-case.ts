/** One damage to one file, and what is to be found then. */
export interface CorruptionCase {
  /** What was damaged. */
  readonly target: string;
  readonly kind: string;
  /** Replays it, together with the seed. */
  readonly where: string;
  /** What does not hold that should. */
  faults(): Promise<readonly string[]>;
}
