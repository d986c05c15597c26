import { greater, mul, where } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** y = x for x > 0, else α·x, with α a tensor that may be learnt. */
export const preluDecomposition: Decomposition = {
  kernelName: "Prelu",
  decompose: ({ x, alpha }) => where(greater(x!, 0), x!, mul(x!, alpha!)),
};
