import { broadcastTo, complex, real, zerosLike } from "@tensorflow/tfjs-core";
import type { Decomposition, GradientRule } from "./rule.js";

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

/** From real numbers to complex ones and back. */
export const castDecomposition: Decomposition = {
  kernelName: "Cast",
  decompose({ x }, { dtype }) {
    const isComplex = x!.dtype === "complex64";
    if (isComplex === (dtype === "complex64")) return undefined;
    return isComplex ? real(x!) : complex(x!, zerosLike(x!));
  },
};

/** x repeated along axes of size one, which the op does without this kernel. */
export const broadcastToDecomposition: Decomposition = {
  kernelName: "BroadcastTo",
  decompose: ({ x }, { shape }) => broadcastTo(x!, shape as number[]),
};
