import type { OpenedRun } from "@eoss/run";
import type { Threshold } from "@eoss/sgd";

/** Steps during which a line of a figure keeps its height. */
export interface ThresholdSegment {
  readonly from: number;
  readonly to: number;
  /** NaN where there is no line. */
  readonly value: number;
  /** How the height follows from the settings, e.g. "2/η", without a place to break a line at. */
  readonly formula: string;
  /** Part of a ramp: the line goes straight to the next level. */
  readonly ramp: boolean;
}

const MIXED = "the threshold";

/** The sharpness that stands for those of H, and the one of batches. */
const OF_ALL = "fullbs";
const OF_BATCHES = "minibs";

/** A formula that no line breaks. */
function unbroken(formula: string): string {
  return formula.replaceAll(" ", "\u00a0");
}

/**
 * The formula that holds for a sharpness of H at all steps of all runs, or else what the formulas have
 * in common.
 */
export function commonFormula(runs: readonly OpenedRun[], quantity = OF_ALL): string {
  const formulas = new Set(
    runs.flatMap((run) => {
      const steps = [run.firstStep, ...run.changes.map(({ step }) => step), run.lastStep];
      return steps
        .filter((step) => step >= run.firstStep)
        .flatMap((step) => run.comparison(quantity, step).formula ?? []);
    }),
  );
  return formulas.size === 1 ? unbroken([...formulas][0]!) : MIXED;
}

/** "threshold 2/η", for legends. */
export function thresholdLabel(runs: readonly OpenedRun[]): string {
  const formula = commonFormula(runs);
  return formula === MIXED ? formula : `threshold ${formula}`;
}

/**
 * The threshold that a quantity of a run compares with, step by step.
 *
 * @param quantity its name; default: a sharpness of H
 */
export function thresholdLevels(run: OpenedRun, quantity = OF_ALL): ThresholdSegment[] {
  return levels(run, (step) => run.comparison(quantity, step));
}

/**
 * The second level that quantities of small batches may have, as 2(1 − β)/η with heavy ball; NaN where
 * there is none.
 */
export function smallBatchLevels(run: OpenedRun): ThresholdSegment[] {
  return levels(run, (step) => run.comparison(OF_BATCHES, step).second ?? NONE);
}

const NONE: Threshold = { value: Number.NaN, words: "" };

/** Along a ramp the height is taken at this many steps. */
const RAMP_POINTS = 400;

function levels(run: OpenedRun, thresholdAt: (step: number) => Threshold): ThresholdSegment[] {
  const first = run.firstStep;
  const last = Math.max(first + 1, run.lastStep);
  const parts = Math.min(last - first, RAMP_POINTS);
  const even = Array.from({ length: parts }, (_, i) =>
    Math.round(first + ((last - first) * i) / parts),
  );
  const changes = run.changes.map(({ step }) => step).filter((step) => step > first && step < last);
  const steps = [...new Set([...even, ...changes])].sort((a, b) => a - b);
  const found: ThresholdSegment[] = [];
  for (const [i, from] of steps.entries()) {
    const to = steps[i + 1] ?? last;
    const threshold = thresholdAt(from);
    const { value } = threshold;
    const formula = unbroken(threshold.formula ?? "");
    const before = found.at(-1);
    if (before && Object.is(before.value, value) && before.formula === formula) {
      found[found.length - 1] = { ...before, to, ramp: false };
    } else {
      found.push({ from, to, value, formula, ramp: to < last && !changes.includes(to) });
    }
  }
  return found;
}
