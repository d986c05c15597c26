import type { MetricRecord } from "@eoss/lab";

const Z95 = 1.96;

/**
 * Half the width of a record's 95 % interval: 1.96 standard errors, and the bound on the numerical
 * error; null where neither is known.
 */
export function errorOf({ standardError, errorBound }: MetricRecord): number | null {
  if (standardError === undefined && errorBound === undefined) return null;
  return Z95 * (standardError ?? 0) + (errorBound ?? 0);
}
