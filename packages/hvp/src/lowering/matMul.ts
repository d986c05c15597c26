/** Products of matrices by other kernels. */

import {
  broadcast_util,
  getBackend,
  matMul,
  reshape,
  slice,
  stack,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import type { Derived } from "./derived.js";
import { type Flags, LONG, longProduct } from "./longProduct.js";
import type { Lowering } from "./lowering.js";

/** From this many operations on, a product of the batch is worth a kernel call of its own. */
const WORTH_A_CALL = 100_000;

/**
 * Matrix products without transpose flags and without batch dimension, on wasm.
 *
 * That backend has its fast kernel (20–40 GFLOP/s against 1) for those only, while gradients of
 * products are flagged ones. Of the ways to remove a flag,
 *
 *     A·Bᵀ  =  A·(Bᵀ)  =  (B·Aᵀ)ᵀ        Aᵀ·B  =  (Aᵀ)·B  =  (Bᵀ·A)ᵀ
 *
 * the one that moves the least data is taken, and transposes of tensors that the tape retains are
 * made once. Batched products are made one by one, unless they are tiny.
 */
export const matMulLowering: Lowering = {
  kernelName: "BatchMatMul",
  execute({ a, b }, attrs, derived) {
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const flags = { transposeA: Boolean(transposeA), transposeB: Boolean(transposeB) };
    const long = longProduct(a!, b!, flags);
    if (long || getBackend() !== "wasm") return long;
    if (a!.rank === 2 && b!.rank === 2) return unflagged(a!, b!, flags, derived);
    return oneByOne(a!, b!, flags, derived);
  },
};

function unflagged(a: Tensor, b: Tensor, flags: Flags, derived: Derived): Tensor | undefined {
  const { transposeA, transposeB } = flags;
  if (!transposeA && !transposeB) return undefined;
  const cost = (t: Tensor) => transposeCost(t, derived);
  const rows = transposeA ? a.shape[1]! : a.shape[0]!;
  const columns = transposeB ? b.shape[0]! : b.shape[1]!;
  // op(A)·op(B) directly, or as the transpose of op(B)ᵀ·op(A)ᵀ.
  const direct = (transposeA ? cost(a) : 0) + (transposeB ? cost(b) : 0);
  const turned = (transposeB ? 0 : cost(b)) + (transposeA ? 0 : cost(a)) + rows * columns;
  const turn = (t: Tensor) => derived.get(t, `transpose of [${t.shape}]`, () => transpose(t));
  if (direct <= turned) return matMul(transposeA ? turn(a) : a, transposeB ? turn(b) : b);
  return transpose(matMul(transposeB ? b : turn(b), transposeA ? a : turn(a)));
}

/** Entries moved by transposing, with a discount for a transpose that later products reuse. */
function transposeCost(tensor: Tensor, derived: Derived): number {
  if (derived.has(tensor, `transpose of [${tensor.shape}]`)) return 0;
  return derived.isRetained(tensor) ? tensor.size / 4 : tensor.size;
}

function oneByOne(a: Tensor, b: Tensor, flags: Flags, derived: Derived): Tensor | undefined {
  const [left, right] = [matrices(a), matrices(b)];
  const rows = flags.transposeA ? left.columns : left.rows;
  const inner = flags.transposeA ? left.rows : left.columns;
  const columns = flags.transposeB ? right.rows : right.columns;
  const count = Math.max(left.count, right.count);
  if (count > 1 && inner <= LONG && 2 * rows * inner * columns < WORTH_A_CALL) return undefined;
  // Broadcasting other than of a single matrix is left to the kernel.
  const aligned = left.batch.join() === right.batch.join();
  if (!aligned && left.count !== 1 && right.count !== 1) return undefined;

  const products = Array.from({ length: count }, (_, index) => {
    const [x, y] = [left.at(index), right.at(index)];
    return unflagged(x, y, flags, derived) ?? matMul(x, y);
  });
  const batch = broadcast_util.assertAndGetBroadcastShape(left.batch, right.batch);
  return reshape(stack(products), [...batch, rows, columns]);
}

/** A tensor as a list of matrices. */
function matrices(t: Tensor) {
  const rows = t.shape[t.rank - 2]!;
  const columns = t.shape[t.rank - 1]!;
  const batch = t.shape.slice(0, -2);
  const count = t.size / (rows * columns);
  const flat = reshape(t, [count * rows, columns]);
  const at = (index: number) =>
    count === 1 ? flat : slice(flat, [index * rows, 0], [rows, columns]);
  return { rows, columns, batch, count, at };
}
