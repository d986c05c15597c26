import { matMul, reshape } from "@tensorflow/tfjs-core";
import type { Decomposition, GradientRule } from "../rule.js";
import { sumTo } from "./shape.js";

/**
 * C = op(A)·op(B), op = transpose where flagged; matrices, or batches of them with broadcasting.
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
  saveInputs: { a: ["b"], b: ["a"] },
  gradient: ({ dy, attrs, input, shapeOf }) => {
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    return {
      a: () =>
        sumTo(
          transposeA
            ? matMul(input("b"), dy, transposeB, true)
            : matMul(dy, input("b"), false, !transposeB),
          shapeOf("a"),
        ),
      b: () =>
        sumTo(
          transposeB
            ? matMul(dy, input("a"), true, transposeA)
            : matMul(input("a"), dy, !transposeA, false),
          shapeOf("b"),
        ),
    };
  },
};

/** A batch of matrices times one matrix, as a single product: [b, n, m]·[m, k] = [b·n, m]·[m, k]. */
export const sharedFactorDecomposition: Decomposition = {
  kernelName: "BatchMatMul",
  decompose({ a, b }, attrs) {
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    if (a!.rank === 2 || b!.rank !== 2 || transposeA) return undefined;
    const inner = a!.shape[a!.rank - 1]!;
    const flat = matMul(reshape(a!, [a!.size / inner, inner]), b!, false, transposeB);
    return reshape(flat, [...a!.shape.slice(0, -1), flat.shape[1]!]);
  },
};
