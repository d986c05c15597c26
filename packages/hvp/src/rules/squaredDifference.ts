import { square, sub } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** y = (a − b)², with broadcasting. */
export const squaredDifferenceDecomposition: Decomposition = {
  kernelName: "SquaredDifference",
  decompose: ({ a, b }) => square(sub(a!, b!)),
};
