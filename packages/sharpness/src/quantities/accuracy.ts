import type { Outputs } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import type { Reading, SingleQuantity } from "../registry/quantity.js";

/**
 * The fraction of observations whose largest output is where their largest target is; of a network with
 * one output, whose output has the sign of its target, −1 or +1. An observation is a row along the last
 * axis: a sample, or a position of a sequence.
 *
 * Exact for these samples; of equal outputs the first counts, and an output that is not a number
 * marks the reading.
 */
async function accuracyReading(view: LossView): Promise<Reading> {
  let value = 0;
  for await (const part of view.outputs()) value += part.weight * fractionRight(part);
  return { value, errorBound: 0, products: 0, status: "exact" };
}

function fractionRight({ values, targets, classes }: Outputs): number {
  if (classes < 2) return fractionOfSigns(values, targets);
  const rows = values.length / classes;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    for (let c = from; c < from + classes; c++) if (Number.isNaN(values[c])) return Number.NaN;
    if (largest(values, from, classes) === largest(targets, from, classes)) right++;
  }
  return right / rows;
}

/** Of one output, whose targets are −1 and +1: the fraction with the right sign; 0 has none. */
function fractionOfSigns(values: ArrayLike<number>, targets: ArrayLike<number>): number {
  let right = 0;
  for (let row = 0; row < values.length; row++) {
    if (Math.abs(targets[row]!) !== 1) {
      throw new RangeError(
        "accuracy compares at least two outputs of a sample; the network has 1, whose sign is compared with " +
          `the targets −1 and +1, but a target is ${targets[row]}`,
      );
    }
    if (Number.isNaN(values[row])) return Number.NaN;
    if (values[row]! * targets[row]! > 0) right++;
  }
  return right / values.length;
}

/** Where the largest of some numbers is, the first of equal ones. */
function largest(numbers: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (numbers[from + c]! > numbers[from + best]!) best = c;
  return best;
}

/** Accuracy on the training samples. */
export const accuracy: SingleQuantity = {
  name: "accuracy",
  description: "fraction of training samples classified right",
  over: "full",
  unit: "fraction",
  needs: ["outputs"],
  reads: [],
  cost: "one forward pass over all samples",
  measure: accuracyReading,
};

/** Accuracy on the held-out samples. */
export const testAccuracy: SingleQuantity = {
  name: "test-accuracy",
  description: "fraction of held-out samples classified right",
  over: "held-out",
  unit: "fraction",
  needs: ["outputs"],
  reads: [],
  cost: "one forward pass over the held-out samples",
  measure: accuracyReading,
};
