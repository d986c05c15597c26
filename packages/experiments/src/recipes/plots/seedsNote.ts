/** How a figure says that it shows runs of several seeds. */

/** @param dots whether single runs are drawn behind the mean */
export function seedsNote(seeds: number, dots: boolean): string[] {
  if (seeds === 1) return [];
  const single = dots ? "; dots are single runs" : "";
  return [`Means over ${seeds} seeds, with 95 % intervals between them${single}.`];
}
