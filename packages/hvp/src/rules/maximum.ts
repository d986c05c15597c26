import { greaterEqual, lessEqual, type Tensor, where } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** y = max(a, b), with broadcasting. Ties go to a, as in tfjs. */
export const maximumDecomposition: Decomposition = {
  kernelName: "Maximum",
  decompose: ({ a, b }) => where(greaterEqual(a!, b!), a!, b as Tensor),
};

/** y = min(a, b), with broadcasting. Ties go to a, as in tfjs. */
export const minimumDecomposition: Decomposition = {
  kernelName: "Minimum",
  decompose: ({ a, b }) => where(lessEqual(a!, b!), a!, b as Tensor),
};
