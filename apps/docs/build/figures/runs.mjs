import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun, train } from "@eoss/lab";
import { levelText } from "@eoss/report";
import { comparisonsOf, parseTrainConfig } from "@eoss/run";
import { errorOf } from "@eoss/sharpness";

/** The network of the figures: 3,562 parameters on 512 digits, as in the playground. */
const DIGITS = {
  data: "digits",
  samples: 512,
  width: [32, 32],
  init: "uniform-fan-in",
  "init-scale": 0.7,
  lr: 0.2,
  seed: 0,
  tolerance: 0.05,
  "max-batches": 64,
  workers: 1,
};

const folder = mkdtempSync(join(tmpdir(), "eoss-figures-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const made = new Map();

/** A run of the network with further settings; made once, whoever asks for it. */
export function trained(settings) {
  const key = JSON.stringify(settings);
  if (!made.has(key)) made.set(key, make({ ...DIGITS, ...settings }, join(folder, `${made.size}`)));
  return made.get(key);
}

async function make(settings, out) {
  const summary = await train(parseTrainConfig(settings), { out });
  if (summary.end.reason !== "completed")
    throw new Error(`a figure's run ended: ${summary.end.reason}`);
  return { ...readRun(out), summary };
}

/**
 * A quantity's curve: step, value and error, over the threshold of the step if `relative`.
 *
 * @param part a further number of the same measurement
 */
export function curve({ manifest, records }, quantity, { relative = false, part } = {}) {
  const compare = comparisonsOf(manifest);
  return records
    .filter((record) => record.quantity === quantity && record.value !== null)
    .map(({ step, parts, ...whole }) => {
      const { value, ...uncertainty } = part ? parts[part] : whole;
      const unit = relative ? compare({ quantity }, step).value : 1;
      return { step, value: value / unit, error: (errorOf(uncertainty) ?? 0) / unit };
    });
}

/** The mean of a quantity over the last quarter of the steps in words: "about 0.6 times 2/η". */
export function about({ summary }, quantity) {
  return `about ${summary.quantities[quantity].relative.mean.toFixed(1)} times 2/η`;
}

/** Where a quantity is level over the last quarter of the steps, or that it is not. */
export function level({ summary }, quantity, { relative = true } = {}) {
  const { plateau, relative: scaled } = summary.quantities[quantity];
  return levelText(relative ? scaled : plateau);
}
