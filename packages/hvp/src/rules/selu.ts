import { add, greater, mul, where } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

const ALPHA = 1.7580993408473768;
const SCALE = 1.0507009873554805;

/**
 * y = SCALE·x for x > 0, else ALPHA·(eˣ − 1). So y′ = SCALE, else y + ALPHA.
 *
 * @see Klambauer et al. (2017), Self-Normalizing Neural Networks; their α is ALPHA/SCALE
 */
export const seluRule: GradientRule = {
  kernelName: "Selu",
  saveOutput: true,
  gradient: ({ dy, output }) => ({
    x: () => where(greater(output(), 0), mul(dy, SCALE), mul(dy, add(output(), ALPHA))),
  }),
};
