/** SQL that reads these files of the archive as one table; `filename` adds each row's file. */
export function readParquet(paths: readonly string[], filename = false): string {
  const list = paths.map(quoted).join(', ');
  return `read_parquet([${list}], hive_partitioning = true, hive_types_autocast = false,
    hive_types = {'source': VARCHAR, 'id_day': VARCHAR}, filename = ${filename})`;
}

/** A text as SQL writes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
