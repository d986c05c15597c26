/** A text of a message, cut where it is longer than anybody reads. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** A value as messages show it: as JSON, and not all of it where it is long. */
export function shortJson(value: unknown): string {
  // JSON has no infinity.
  return cut(typeof value === "number" ? String(value) : String(JSON.stringify(value)), 80);
}
