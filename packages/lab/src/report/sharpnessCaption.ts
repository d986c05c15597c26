import { errorKindOf, errorTexts } from "../run/errorTexts.js";
import type { Run } from "../run/read.js";
import { lastStep, settingsOf } from "../run/regimes.js";
import { isFullBatch } from "./labels.js";
import { short } from "./numbers.js";
import { FULLBS } from "./palette.js";
import {
  commonFormula,
  HEAVY_BALL_FORMULA,
  SMALL_BATCH_FORMULA,
  smallBatchLevels,
  thresholdLevels,
} from "./threshold.js";

/** What the figure of a run's sharpness shows and what to look for, in sentences. */
export function sharpnessCaption(run: Run): string {
  const drawn = isFullBatch(run)
    ? "FullBS is the curvature λmax of the whole training loss, its band the solver's error bound. " +
      "MiniBS, if drawn, is the same number here: the one batch is all samples."
    : "Each dot is λmax of the loss of one batch; MiniBS is their mean, its band the 95 % " +
      "interval. FullBS is λmax of the whole training loss, its band the solver's error bound.";
  const errorKind = errorKindOf(run, FULLBS.quantity);
  const bands = errorTexts([{ name: FULLBS.name, errorKind }]);
  return [drawn, ...bands, ...comparison(run), ...decay(run)].join(" ");
}

function comparison(run: Run): string[] {
  const levels = thresholdLevels(run);
  const compared = levels.filter(({ value }) => !Number.isNaN(value));
  const partly = compared.length < levels.length;
  const preconditioned = partly ? [preconditionedText(compared.length > 0)] : [];
  if (compared.length === 0) return preconditioned;

  const formula = commonFormula([run]);
  const [first] = compared;
  const line =
    compared.length === 1 && Number.isFinite(first!.value)
      ? `${formula} = ${short(first!.value)}`
      : `${formula} of each step`;
  return [lookFor(run, line), ...preconditioned];
}

function lookFor(run: Run, line: string): string {
  if (smallBatchLevels(run).some(({ value }) => value > 0)) {
    return (
      `${HEAVY_BALL_FORMULA} is the threshold of the full batch; with small batches the batch sharpness is ` +
      `reported to settle at ${SMALL_BATCH_FORMULA}, the thin dashed line. Look which of them the curves reach.`
    );
  }
  return isFullBatch(run)
    ? `Full-batch descent is stable while FullBS stays below ${line}. Look whether it rises to the ` +
        "line and hovers there: the edge of stability."
    : `Look what comes to ${line} while FullBS levels off below it: the first version of the paper ` +
        "says MiniBS, later ones the batch sharpness, with MiniBS above the line.";
}

function preconditionedText(partly: boolean): string {
  return (
    `${partly ? "There is no line where" : "There is no line to compare with:"} the optimizer ` +
    "divides its steps by a preconditioner P. Stability then depends on λmax(P^(−½) H P^(−½)), not on the " +
    "λmax(H) that is drawn."
  );
}

function decay(run: Run): string[] {
  const { optimizer } = settingsOf(run)(lastStep(run));
  if (!optimizer.weightDecay || optimizer.name === "adamw") return [];
  return [
    `Weight decay adds w = ${short(optimizer.weightDecay)} to every eigenvalue that the update ` +
      "feels; the sharpness drawn is that of the loss without it.",
  ];
}
