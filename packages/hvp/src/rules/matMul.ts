import { matMul, type Tensor } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rule.js";

/**
 * C = op(A)·op(B), op = transpose where flagged, on matrices.
 *
 * | C    | dA      | dB      |
 * |------|---------|---------|
 * | A·B  | dC·Bᵀ   | Aᵀ·dC   |
 * | A·Bᵀ | dC·B    | dCᵀ·A   |
 * | Aᵀ·B | B·dCᵀ   | A·dC    |
 * | Aᵀ·Bᵀ| Bᵀ·dCᵀ  | dCᵀ·Aᵀ  |
 */
export const matMulRule: GradientRule = {
  kernelName: "BatchMatMul",
  saveInputs: ["a", "b"],
  gradient: ({ dy, attrs, input, shapeOf }) => {
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const product = (x: Tensor, y: Tensor, flagX: boolean, flagY: boolean) => {
      if (shapeOf("a").length !== 2 || shapeOf("b").length !== 2) {
        throw new Error("the gradient of batched matrix products is not available: use matrices");
      }
      return matMul(x, y, flagX, flagY);
    };
    return {
      a: () =>
        transposeA
          ? product(input("b"), dy, transposeB, true)
          : product(dy, input("b"), false, !transposeB),
      b: () =>
        transposeB
          ? product(dy, input("a"), true, transposeA)
          : product(input("a"), dy, !transposeA, false),
    };
  },
};
