import type { GradientRule } from "./rule.js";

/** y = Σ x_k of tensors of one shape. */
export const addNRule: GradientRule = {
  kernelName: "AddN",
  gradient: ({ dy, inputNames }) => Object.fromEntries(inputNames.map((name) => [name, () => dy])),
};
