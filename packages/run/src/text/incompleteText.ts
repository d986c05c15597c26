/** What is said of a run whose last record was cut off, as a kill while writing leaves it. */
export function incompleteText(run: string): string {
  return `${run}: the last line of metrics.jsonl is incomplete and was left out`;
}
