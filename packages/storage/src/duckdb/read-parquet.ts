/** SQL that reads these files of the archive as one table; `filename` adds each row's file. */
export function readParquet(paths: readonly string[], filename = false): string {
  const list = paths.map(quoted).join(', ');
  return `read_parquet([${list}], hive_partitioning = true, hive_types_autocast = false,
    hive_types = {'source': VARCHAR, 'id_day': VARCHAR}, filename = ${filename})`;
}

/** SQL that reads a file of numbers: source, queue_id, queue_seq, received_at. */
export function readSeqs(path: string): string {
  return `read_parquet(${quoted(path)})`;
}

/** A text as SQL writes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
