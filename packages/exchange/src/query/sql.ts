/** A text as SQL: quotes are doubled, which is all that DuckDB's plain literals know. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL, whatever it holds. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A list of texts as SQL. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}

/** `batch-sharpness` as a column that needs no quotes: `batch_sharpness`. */
export function columnName(name: string): string {
  return name.replace(/\W/g, "_");
}
