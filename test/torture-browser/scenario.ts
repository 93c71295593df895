import type { Game } from './game.js';

/** One kind of misfortune, played as often as `rounds` says. */
export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  /** Rounds with each seed. */
  readonly rounds: number;
  /** What it does to the browser; each must have happened when it has been played. */
  readonly faults: readonly string[];
  /** Rows that show that a loss would be seen: they must lose what they name. */
  readonly controls?: Readonly<Record<string, 'stored' | 'unstored'>>;
  /** Whether the machine lets it play; if not, this says so in a line. */
  readonly isAllowed?: () => boolean;
  readonly play: (game: Game) => Promise<void>;
}
