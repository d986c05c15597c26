/** What a solver reports on its way, and says at its end. */

import type { HistoryEntry, Status } from "./result.js";
import type { Shared } from "./settings.js";

/** Tells history and progress callback about the wanted pairs after some products. */
export function record(
  { history, onProgress }: Pick<Shared, "history" | "onProgress">,
  entries: HistoryEntry[],
  matvecs: number,
  values: Float64Array,
  residuals: Float64Array,
): void {
  const entry = { matvecs, values, residuals };
  if (history) entries.push(entry);
  onProgress?.(entry);
}

/**
 * Why a search must end here, if it must.
 *
 * @param next products that it would take to go on
 */
export function interruption(
  { signal, maxMatvecs }: Pick<Shared, "signal" | "maxMatvecs">,
  spent: number,
  next = 1,
): "aborted" | "budget-spent" | undefined {
  if (signal?.aborted) return "aborted";
  return spent + next > maxMatvecs ? "budget-spent" : undefined;
}

/**
 * What the user can change after a solve that ended this way.
 *
 * @param sizes settings of this solver that make it converge in fewer products
 */
export function advice(
  status: Status,
  { rtol, maxMatvecs }: Pick<Shared, "rtol" | "maxMatvecs">,
  ...sizes: readonly string[]
): string | undefined {
  const advices: Partial<Record<Status, string>> = {
    "budget-spent": `${maxMatvecs} products did not reach rtol = ${rtol}: raise ${["maxMatvecs", ...sizes].join(" or ")}`,
    rounding: `as accurate as products of this precision are, not rtol = ${rtol}: loosen rtol or set atol`,
    stagnated: `the products are too inaccurate or unsymmetric for rtol = ${rtol}: loosen rtol or set atol`,
    aborted: "the signal fired",
  };
  return advices[status];
}
