import { fraction } from "@eoss/rng/internal";
import { add, mul } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { crossEntropy } from "./crossEntropy.js";
import { defineLoss } from "./define.js";

/**
 * Softmax cross-entropy with smoothed labels, as PyTorch's CrossEntropyLoss with `label_smoothing`:
 *
 *   `ce` with (1 − s)·y + s/C for y, C classes
 *
 * It is the likelihood of no distribution of one-hot labels, so there is no Fisher matrix of it.
 *
 * @see Szegedy et al. (2016), Rethinking the inception architecture for computer vision
 */
export const labelSmoothing = defineLoss({
  name: "label-smoothing",
  description: "softmax cross-entropy with smoothed labels",
  targets: "probabilities",
  defaults: { smoothing: 0.1 },
  domains: { smoothing: fraction },
  loss(outputs, targets, { smoothing }) {
    const classes = outputs.shape.at(-1)!;
    const smooth = constant(() => add(mul(targets, 1 - smoothing), smoothing / classes));
    return crossEntropy(outputs, smooth);
  },
});
