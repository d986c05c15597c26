import type { GradientRule } from "../rule.js";

/** y = x. */
export const identityRule: GradientRule = {
  kernelName: "Identity",
  gradient: ({ dy }) => ({ x: () => dy }),
};

/** y = x in another floating type; casts to integers and booleans count as constants. */
export const castRule: GradientRule = {
  kernelName: "Cast",
  gradient: ({ dy }) => ({ x: () => dy }),
};
