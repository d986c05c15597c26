/** A value as messages show it: as JSON, and not all of it where it is long. */
export function brief(value: unknown): string {
  const text = String(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
