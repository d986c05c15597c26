import type { ComparedWith } from "@eoss/sharpness";
import { thresholdText } from "../text/comparisonText.js";

/** What a number is compared with, as tables have it. */
export interface ComparisonColumns {
  /** Null where there is no threshold; infinite while η is 0. */
  readonly threshold: number | null;
  /** How it follows from the settings, e.g. "2/η"; why a curvature has none; null of what is none. */
  readonly threshold_formula: string | null;
  /** The level at which small batches are reported to settle, where that is another. */
  readonly small_batch_threshold: number | null;
  readonly small_batch_formula: string | null;
}

export function comparisonColumns(comparison: ComparedWith): ComparisonColumns {
  const { value, formula, matrix, second } = comparison;
  return {
    threshold: Number.isNaN(value) ? null : value,
    threshold_formula: formula ?? (matrix === "none" ? null : thresholdText(comparison)),
    small_batch_threshold: second?.value ?? null,
    small_batch_formula: second?.formula ?? null,
  };
}
