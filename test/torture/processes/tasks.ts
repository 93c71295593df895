/** What the children of a torture run are told, as JSON in their first argument. */

export const writeKey = 'torture-key';
export const source = 'torture';

/** Nobody listens there: the collector is down. */
export const nowhere = 'http://127.0.0.1:1';

export interface AppTask {
  readonly endpoint: string;
  readonly queueDir: string;
  readonly durability: 'process' | 'power';
  /** Of what is tracked. */
  readonly seed: number;
  /** Turns in which something is tracked; 0: it delivers what it finds until SIGTERM. */
  readonly turns: number;
  readonly maxPauseMs: number;
  /** How much faster than real time its clock goes. */
  readonly lapse: number;
}

export interface CollectorTask {
  readonly dataFolder: string;
  /** 0: a free one. */
  readonly port: number;
  readonly lapse: number;
}
