/** A line of the table: all runs that one fault was played in. */
export interface Row {
  readonly scenario: string;
  readonly name: string;
  runs: number;
  /** Events whose track() has returned. */
  accepted: number;
  /** Of these, those whose stored() has resolved. */
  stored: number;
  /** Events that the storage tier counts. */
  counted: number;
  /** Copies that came to the collector. */
  sentTwice: number;
  /** Stored and not counted. */
  lost: number;
  /** Accepted, not known to be stored, and not counted. */
  lostUnstored: number;
  /** Counted more than once. */
  countedTwice: number;
}

export function emptyRow(scenario: string, name: string): Row {
  const counts = { runs: 0, accepted: 0, stored: 0, counted: 0, sentTwice: 0 };
  return { scenario, name, ...counts, lost: 0, lostUnstored: 0, countedTwice: 0 };
}

const columns = [
  ['runs', (row: Row) => row.runs],
  ['accepted', (row: Row) => row.accepted],
  ['stored', (row: Row) => row.stored],
  ['counted', (row: Row) => row.counted],
  ['sent twice', (row: Row) => row.sentTwice],
  ['counted twice', (row: Row) => row.countedTwice],
  ['lost unstored', (row: Row) => row.lostUnstored],
  ['LOST', (row: Row) => row.lost],
] as const;

/** The rows as lines of text. */
export function table(rows: readonly Row[]): string[] {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const head = columns.map(([title]) => title).join('  ');
  return [
    `${''.padEnd(width)}  ${head}`,
    ...rows.map((row) => {
      const cells = columns.map(([title, cell]) =>
        cell(row).toLocaleString('en-US').padStart(title.length),
      );
      return `${row.name.padEnd(width)}  ${cells.join('  ')}`;
    }),
  ];
}
