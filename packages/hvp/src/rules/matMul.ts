import { matMul, reshape, type Tensor } from "@tensorflow/tfjs-core";
import { UnverifiedOpError } from "../errors.js";
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
    refuseCrossBroadcast(a!, b!);
    if (a!.rank === 2 || b!.rank !== 2 || transposeA) return undefined;
    const inner = a!.shape[a!.rank - 1]!;
    const flat = matMul(reshape(a!, [a!.size / inner, inner]), b!, false, transposeB);
    return reshape(flat, [...a!.shape.slice(0, -1), flat.shape[1]!]);
  },
};

/** Batches [2, 1] and [3] would make [2, 3], which the kernels of tfjs compute wrongly. */
function refuseCrossBroadcast(a: Tensor, b: Tensor): void {
  const [left, right] = [a, b].map((t) => t.shape.slice(0, -2)) as [number[], number[]];
  const count = (batch: number[]) => batch.reduce((product, size) => product * size, 1);
  if (count(left) === 1 || count(right) === 1 || left.join() === right.join()) return;
  const what = `BatchMatMul of batches [${left}] and [${right}], which tfjs computes wrongly`;
  throw new UnverifiedOpError(what, "matMul");
}
