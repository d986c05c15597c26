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

/** What the user can change after a solve that ended this way. */
export function advice(
  status: Status,
  { rtol, maxMatvecs }: Pick<Shared, "rtol" | "maxMatvecs">,
): string | undefined {
  const advices: Partial<Record<Status, string>> = {
    "budget-spent": `${maxMatvecs} products did not reach rtol = ${rtol}: raise maxMatvecs, basisSize or blockSize`,
    stagnated: `the products are too inaccurate for rtol = ${rtol}: loosen rtol or set atol`,
    aborted: "the signal fired",
  };
  return advices[status];
}
