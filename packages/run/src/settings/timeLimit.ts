const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds of a time limit such as 90, "90s", "30m" or "2h"; without one, infinitely many. */
export function secondsOf(limit: number | string | undefined): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (typeof limit === "number") return limit;
  return Number(limit.slice(0, -1)) * UNITS[limit.at(-1)!]!;
}
