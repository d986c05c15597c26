import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { crossEntropy } from "./crossEntropy.js";
import { mse } from "./mse.js";

/** A loss head: network outputs [b, C] and targets [b, C] to the mean loss of the batch. */
export type LossHead = (outputs: Tensor, targets: Tensor) => Scalar;

/** The loss heads by the names that settings use. */
export const losses = { mse, ce: crossEntropy } as const satisfies Record<string, LossHead>;

export type LossName = keyof typeof losses;

export { crossEntropy, mse };
