/**
 * Comma-separated values with a header; what is missing is empty. Names of a run may be a stranger's: a
 * text that a spreadsheet would take for a formula has an apostrophe before it.
 */
export function csv(rows: readonly object[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) =>
    csvLine(columns.map((column) => (row as Record<string, unknown>)[column])),
  );
  return csvLine(columns) + lines.join("");
}

/** A line of comma-separated values, with its end. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(",")}\n`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null || Number.isNaN(value)) return "";
  const text = typeof value === "string" && isFormula(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Begins as one, and is no number. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text));
}
