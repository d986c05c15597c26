import { matMul, reshape, type Tensor, tile } from "@tensorflow/tfjs-core";
import { UnverifiedOpError } from "../errors.js";
import type { Decomposition, GradientRule } from "./rule.js";
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

/**
 * A batch of matrices times one matrix, as a single product: [b, n, m]·[m, k] = [b·n, m]·[m, k]. A
 * batch that is repeated along leading axes ([3] or [1, 3] for [2, 3]) is repeated beforehand.
 */
export const sharedFactorDecomposition: Decomposition = {
  kernelName: "BatchMatMul",
  decompose({ a, b }, attrs) {
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const [left, right] = [a!, b!].map((t) => t.shape.slice(0, -2)) as [number[], number[]];
    if (sizeOf(left) > 1 && sizeOf(right) > 1 && left.join() !== right.join()) {
      if (repeats(left, right)) return matMul(a!, repeated(b!, left), transposeA, transposeB);
      if (repeats(right, left)) return matMul(repeated(a!, right), b!, transposeA, transposeB);
      const what = `BatchMatMul of batches [${left}] and [${right}], which tfjs computes wrongly`;
      throw new UnverifiedOpError(what, "matMul");
    }
    if (a!.rank === 2 || b!.rank !== 2 || transposeA) return undefined;
    const inner = a!.shape[a!.rank - 1]!;
    const flat = matMul(reshape(a!, [a!.size / inner, inner]), b!, false, transposeB);
    return reshape(flat, [...a!.shape.slice(0, -1), flat.shape[1]!]);
  },
};

const sizeOf = (batch: readonly number[]) => batch.reduce((product, size) => product * size, 1);

/** Whether a batch is the end of a larger one, after ones. Others, as [2, 1] of [2, 3], are not. */
function repeats(whole: readonly number[], part: readonly number[]): boolean {
  const first = part.findIndex((size) => size !== 1);
  const end = part.slice(first);
  return whole.length >= part.length && whole.slice(-end.length).join() === end.join();
}

/** The matrices of t, over and over, as many as a batch has. */
function repeated(t: Tensor, batch: readonly number[]): Tensor {
  const [rows, columns] = t.shape.slice(-2) as [number, number];
  const times = (sizeOf(batch) * rows * columns) / t.size;
  return reshape(tile(reshape(t, [1, t.size]), [times, 1]), [...batch, rows, columns]);
}
