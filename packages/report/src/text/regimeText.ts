import type { Run } from "@eoss/run";
import { short } from "@eoss/run";
import { comparedIn, firstStep, integer, lastRegime, lastStep } from "@eoss/run/internal";
import { thresholdLevels } from "../figures/threshold.js";

/** Whether a sharpness of H compares with a threshold in the last steps of a run. */
export function comparesAtLast(run: Run): boolean {
  return !Number.isNaN(comparedIn(run, "fullbs")(lastStep(run)).value);
}

/** "2/η = 20", or "2/η of each step" where it moved since the last change. */
export function unitText(run: Run, quantity?: string): string {
  const { value, formula, from } = thresholdLevels(run, quantity).at(-1)!;
  return from <= lastRegime(run).from && Number.isFinite(value)
    ? `${formula} = ${short(value)}`
    : `${formula} of each step`;
}

/** " since the last change of η, b or the optimizer at step 4,000"; empty if there was none. */
export function sinceText(run: Run): string {
  const { from } = lastRegime(run);
  return from > firstStep(run)
    ? ` since the last change of η, b or the optimizer at step ${integer(from)}`
    : "";
}
