import { reverse } from "@tensorflow/tfjs-core";
import type { Decomposition, GradientRule } from "./rule.js";

/** y = x with the order along axes reversed; so is the adjoint. */
export const reverseRule: GradientRule = {
  kernelName: "Reverse",
  gradient: ({ dy, attrs }) => ({ x: () => reverse(dy, attrs.dims as number[]) }),
};

/** An image, [b, h, w, c], with its columns reversed. */
export const flipLeftRightDecomposition: Decomposition = {
  kernelName: "FlipLeftRight",
  decompose: ({ image }) => reverse(image!, 2),
};
