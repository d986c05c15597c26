import type { Threshold } from "@eoss/sgd";
import type { ComparedWith } from "@eoss/sharpness";
import { short } from "./numbers.js";

const NO_THRESHOLD = "no threshold";

/** A formula behind a factor: "(2 + 2β)/η", and in brackets "(2/η − w)". */
export function factorText(formula: string): string {
  const outside = formula.replace(/\([^()]*(\([^()]*\)[^()]*)*\)/g, "");
  return / [−+] /.test(outside) ? `(${formula})` : formula;
}

/**
 * A value over what it is compared with: "0.98 × 2/η", with momentum and small batches
 * "0.05 × (2 + 2β)/η, 0.98 × 2(1 − β)/η", or "no threshold".
 */
export function ratioText(value: number, comparison: ComparedWith): string {
  return [comparison, comparison.second]
    .flatMap((level) => (level === undefined ? [] : [timesText(value, level)]))
    .join(", ");
}

function timesText(value: number, { value: threshold, formula }: Threshold): string {
  if (formula === undefined) return NO_THRESHOLD;
  // What is in units of its threshold already.
  if (formula === "1") return "threshold 1";
  return `${multiple(value / threshold)} × ${factorText(formula)}`;
}

/** Near 1, where it is compared with 1, to the hundredth; else as long as any number. */
function multiple(ratio: number): string {
  const near = Math.abs(ratio) >= 0.01 && Math.abs(ratio) < 10;
  return near || ratio === 0 ? ratio.toFixed(2) : short(ratio);
}

/** "(2 + 2β)/η = 190", with two levels "(2 + 2β)/η = 190, 2(1 − β)/η = 10", or "no threshold: why". */
export function thresholdText(comparison: ComparedWith): string {
  const { formula, words, second } = comparison;
  if (formula === undefined) return `${NO_THRESHOLD}: ${words}`;
  const levels = [comparison, ...(second ? [second] : [])];
  return levels.map((level) => `${level.formula} = ${short(level.value)}`).join(", ");
}
