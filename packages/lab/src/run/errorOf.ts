import type { MetricRecord } from "./format.js";

const Z95 = 1.96;

/**
 * Half the width of a record's 95 % interval: its margin, or else 1.96 standard errors, and the bound
 * on the numerical error; null where neither is known.
 */
export function errorOf({
  margin,
  standardError,
  errorBound,
}: Pick<MetricRecord, "margin" | "standardError" | "errorBound">): number | null {
  if (standardError === undefined && errorBound === undefined) return null;
  return (margin ?? Z95 * (standardError ?? 0)) + (errorBound ?? 0);
}
