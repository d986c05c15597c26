import type { TrainingSettings } from "@eoss/sgd";
import type { Run } from "../run/read.js";
import {
  changesOf,
  firstStep,
  hasPreconditioner,
  lastStep,
  settingsOf,
  thresholdsOf,
} from "../run/regimes.js";

/** Steps during which a line of a figure keeps its height. */
export interface Level {
  readonly from: number;
  readonly to: number;
  /** NaN where there is no line. */
  readonly value: number;
  /** How the height follows from the settings, e.g. "2/η". */
  readonly formula: string;
  /** Part of a ramp: the line goes straight to the next level. */
  readonly ramp: boolean;
}

const FORMULAS: Readonly<Record<string, string>> = {
  sgd: "2/η",
  "heavy-ball": "(2\u00a0+\u00a02β)/η",
  nesterov: "(2\u00a0+\u00a02β)/(η(1\u00a0+\u00a02β))",
  rmsprop: "2/η",
  adam: "(2\u00a0+\u00a02β₁)/((1\u00a0−\u00a0β₁)η)",
  adamw: "(2\u00a0+\u00a02β₁)/((1\u00a0−\u00a0β₁)η)\u00a0·\u00a0(1\u00a0−\u00a0ηw/2)",
};

/** Of the level that `smallBatchLevels` has. */
export const SMALL_BATCH_FORMULA = "2(1\u00a0−\u00a0β)/η";

/** The threshold of heavy ball with the full batch. */
export const HEAVY_BALL_FORMULA = FORMULAS["heavy-ball"]!;

const MIXED = "the threshold";

/** The formula of an optimizer's stability threshold. */
export function formulaOf({ optimizer }: TrainingSettings): string {
  return FORMULAS[optimizer.name] ?? MIXED;
}

/** The formula that holds for all steps of all runs, or else what the formulas have in common. */
export function commonFormula(runs: readonly Run[]): string {
  const formulas = new Set(
    runs.flatMap((run) => {
      const at = settingsOf(run);
      const steps = [firstStep(run), ...changesOf(run).map(({ step }) => step), lastStep(run)];
      return steps
        .filter((step) => step >= firstStep(run))
        .map(at)
        .filter((settings) => !hasPreconditioner(settings))
        .map(formulaOf);
    }),
  );
  return formulas.size === 1 ? [...formulas][0]! : MIXED;
}

/** The formula of a run's last step. */
export function formulaText(run: Run): string {
  return formulaOf(settingsOf(run)(lastStep(run)));
}

/** "threshold 2/η", for legends. */
export function thresholdLabel(runs: readonly Run[]): string {
  const formula = commonFormula(runs);
  return formula === MIXED ? formula : `threshold ${formula}`;
}

/**
 * The threshold that a sharpness of a run compares with, step by step.
 *
 * @param quantity its name; default: a sharpness of H, which has none where P preconditions
 */
export function thresholdLevels(run: Run, quantity?: string): Level[] {
  const settings = settingsOf(run);
  return levels(run, thresholdsOf(run, quantity), (step) => formulaOf(settings(step)));
}

/**
 * The level 2(1 − β)/η of heavy ball with small batches, where the batch sharpness is reported to
 * settle.
 *
 * @see Andreyev & Beneventano (2026), arXiv 2604.14108
 */
export function smallBatchLevels(run: Run): Level[] {
  const settings = settingsOf(run);
  const { samples } = run.manifest.dataset;
  const value = (step: number) => {
    const { optimizer, learningRate, batchSize } = settings(step);
    const applies = optimizer.name === "heavy-ball" && batchSize < samples;
    return applies ? (2 * (1 - (optimizer.momentum ?? 0.9))) / learningRate : Number.NaN;
  };
  return levels(run, value, () => SMALL_BATCH_FORMULA);
}

/** Along a ramp the height is taken at this many steps. */
const RAMP_POINTS = 400;

function levels(
  run: Run,
  valueAt: (step: number) => number,
  formulaAt: (step: number) => string,
): Level[] {
  const first = firstStep(run);
  const last = Math.max(first + 1, lastStep(run));
  const parts = Math.min(last - first, RAMP_POINTS);
  const even = Array.from({ length: parts }, (_, i) =>
    Math.round(first + ((last - first) * i) / parts),
  );
  const changes = changesOf(run)
    .map(({ step }) => step)
    .filter((step) => step > first);
  const steps = [...new Set([...even, ...changes])].sort((a, b) => a - b);
  const found: Level[] = [];
  for (const [i, from] of steps.entries()) {
    const to = steps[i + 1] ?? last;
    const value = valueAt(from);
    const formula = formulaAt(from);
    const before = found.at(-1);
    if (before && Object.is(before.value, value) && before.formula === formula) {
      found[found.length - 1] = { ...before, to, ramp: false };
    } else {
      found.push({ from, to, value, formula, ramp: to < last && !changes.includes(to) });
    }
  }
  return found;
}
