import { argMax, equal, sum, tidy } from "@tensorflow/tfjs-core";
import type { LossView } from "../loss/lossView.js";
import type { Reading, SingleQuantity } from "../registry/quantity.js";

/**
 * The fraction of observations whose largest output is where their largest target is. An observation
 * is a row along the last axis: a sample, or a position of a sequence.
 *
 * Exact for these samples; of equal outputs the first counts, and an output that is not a number
 * marks the reading.
 */
function accuracyReading(view: LossView): Reading {
  let value = 0;
  for (const { outputs, targets, weight } of view.outputChunks()) {
    value +=
      weight *
      tidy(() => {
        const predicted = outputs(view.params);
        const classes = predicted.shape.at(-1)!;
        if (classes < 2) {
          throw new RangeError(
            `accuracy compares at least two outputs of a sample; the network has ${classes}`,
          );
        }
        const total = sum(predicted).dataSync()[0]!;
        if (Number.isNaN(total)) return Number.NaN;
        const right = sum(equal(argMax(predicted, -1), argMax(targets, -1))).dataSync()[0]!;
        return right / (predicted.size / classes);
      });
  }
  return { value, errorBound: 0, products: 0, status: "exact" };
}

/** Accuracy on the training samples. */
export const accuracy: SingleQuantity = {
  name: "accuracy",
  description: "fraction of training samples classified right",
  over: "full",
  unit: "fraction",
  needs: ["outputs"],
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
  cost: "one forward pass over the held-out samples",
  measure: accuracyReading,
};
