import { type OpenedRun, short } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import { thresholdLevels } from "../figures/threshold.js";

/** "2/η = 20", or "2/η of each step" where it moved since the last change. */
export function unitText(run: OpenedRun, quantity?: string): string {
  const { value, formula, from } = thresholdLevels(run, quantity).at(-1)!;
  return from <= run.lastRegime.from && Number.isFinite(value)
    ? `${formula} = ${short(value)}`
    : `${formula} of each step`;
}

/** " since the last change of η, b or the optimizer at step 4,000"; empty if there was none. */
export function sinceText(run: OpenedRun): string {
  return run.changed
    ? ` since the last change of η, b or the optimizer at step ${integer(run.lastRegime.from)}`
    : "";
}
