import { errorTexts, type OpenedRun, short } from "@eoss/run";
import { traitsOf } from "@eoss/run/internal";
import { FULLBS, MINIBS, type QuantityStyle } from "../figures/palette.js";
import { commonFormula, smallBatchLevels, thresholdLevels } from "../figures/threshold.js";
import { withoutFolders } from "../text/fileNames.js";
import { isFullBatch } from "../text/labels.js";

/** What the figure of a run's sharpness shows and what to look for, in sentences. */
export function sharpnessCaption(run: OpenedRun): string {
  const isDrawn = ({ quantity }: QuantityStyle) => run.recordsOf(quantity).length > 0;
  const mini = isFullBatch(run)
    ? "MiniBS is the same number as FullBS here: the one batch is all samples."
    : "Each dot is λmax of the loss of one batch; MiniBS is their mean, its band the 95 % interval.";
  const full = "FullBS is λmax of the whole training loss, its band the solver's error bound.";
  const drawn = [...(isDrawn(MINIBS) ? [mini] : []), ...(isDrawn(FULLBS) ? [full] : [])];
  const errorKind = run.errorKindOf(FULLBS.quantity);
  const bands = errorTexts([{ name: FULLBS.name, errorKind }]);
  return [...drawn, ...bands, ...comparison(run), ...decay(run)].join(" ");
}

function comparison(run: OpenedRun): string[] {
  const levels = thresholdLevels(run);
  const compared = levels.filter(({ value }) => !Number.isNaN(value));
  const partly = compared.length < levels.length;
  const without = partly ? [reasonText(run, compared.length > 0)] : [];
  if (compared.length === 0) return without;

  const formula = commonFormula([run]);
  const [first] = compared;
  const line =
    compared.length === 1 && Number.isFinite(first!.value)
      ? `${formula} = ${short(first!.value)}`
      : `${formula} of each step`;
  return [lookFor(run, line), ...without];
}

function lookFor(run: OpenedRun, line: string): string {
  if (run.diverged)
    return `Look at where the curves pass ${line} for good: from there on the run diverged.`;
  const small = smallBatchLevels(run).find(({ value }) => value > 0);
  if (small !== undefined) {
    return (
      `${commonFormula([run])} is the threshold of the full batch; with small batches the batch sharpness is ` +
      `reported to settle at ${small.formula}, the thin dashed line. Look at which of the two the curves reach.`
    );
  }
  return isFullBatch(run)
    ? `Full-batch descent is stable while FullBS stays below ${line}. Look at whether it rises to the ` +
        "line and hovers there: the edge of stability."
    : `Look at which quantity reaches ${line} while FullBS levels off below it: MiniBS in the first version ` +
        "of the paper, the batch sharpness in later ones, with MiniBS above the line.";
}

/** Why there is no line, at a step where there is none. */
function reasonText(run: OpenedRun, partly: boolean): string {
  const without = thresholdLevels(run).find(({ value }) => Number.isNaN(value))!;
  const { words } = run.comparison(FULLBS.quantity, without.from);
  return `${partly ? "There is no threshold line where" : "There is no threshold line:"} ${withoutFolders(words)}.`;
}

function decay(run: OpenedRun): string[] {
  const { optimizer, learningRate } = run.lastSettings;
  const { name: _, ...options } = optimizer;
  const w = traitsOf(run.manifest, optimizer).coupledDecay({ ...options, learningRate });
  if (w === 0) return [];
  return [
    `Weight decay adds w = ${short(w)} to every eigenvalue that the update sees; the sharpness drawn is ` +
      "that of the loss without weight decay.",
  ];
}
