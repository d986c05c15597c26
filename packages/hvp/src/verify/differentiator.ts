/** Derivatives along a line, on the smooth piece on which a point lies. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { gradient, linearize } from "../derivatives/linearize.js";
import {
  disposeTree,
  flatten,
  layoutOf,
  type ParameterTree,
  unflatten,
} from "../parameters/parameters.js";
import { constant } from "../tape/constant.js";
import { intercept } from "../tape/intercept.js";

import { type Difference, differentiateNoisy, type Parts } from "./differences.js";
import { SmoothPiece } from "./smoothPiece.js";

export type Loss = (params: ParameterTree) => Tensor;

/** A way to differentiate losses: what is put to the test. */
export interface Differentiator {
  /** ∇L(θ), shaped like the parameters; the caller disposes it. */
  gradient(loss: Loss, params: ParameterTree): ParameterTree;
  /** ∇²L(θ)·v, shaped like the parameters; the caller disposes it. */
  hvp(loss: Loss, params: ParameterTree, v: ParameterTree): ParameterTree;
}

/** The derivatives of this package. */
export const retainedTape: Differentiator = {
  gradient(loss, params) {
    const result = gradient(loss, params);
    result.loss.dispose();
    return result.gradient;
  },
  hvp(loss, params, v) {
    const linearization = linearize(loss, params);
    const product = linearization.hvp(v);
    linearization.dispose();
    return product;
  },
};

/** The entries of a tree, tensor by tensor, in float64; disposes the tree. */
export function take(tree: ParameterTree): Float64Array[] {
  const { size } = layoutOf(tree);
  const flat = flatten(tree, new Float64Array(size));
  const parts = split(flat, tree);
  disposeTree(tree);
  return parts;
}

/** Views on the parts of a flat vector. */
export function split(flat: Float64Array, like: ParameterTree): Float64Array[] {
  return layoutOf(like).entries.map(({ offset, size }) => flat.subarray(offset, offset + size));
}

/** Runs `use` at θ + t·v. */
function at<T>(
  theta: Float64Array,
  v: Float64Array,
  t: number,
  like: ParameterTree,
  use: (params: ParameterTree) => T,
): T {
  const moved = unflatten(
    theta.map((x, i) => x + t * v[i]!),
    like,
  );
  try {
    return use(moved);
  } finally {
    disposeTree(moved);
  }
}

/**
 * d/dt of f(θ + t·v) at t = 0, f continued from the smooth piece on which θ lies.
 */
export function derivativeAlong(
  theta: Float64Array,
  v: Float64Array,
  params: ParameterTree,
  f: (params: ParameterTree) => Parts,
): Difference[] {
  const piece = new SmoothPiece();
  const at0 = piece.record(() => f(params)).map((part) => Float64Array.from(part));
  return differentiateNoisy(
    (t) => piece.extend(() => at(theta, v, t, params, f)),
    at0,
    () => largestValue(() => f(params)),
  );
}

/** The largest finite absolute value among the results of all kernels. */
function largestValue(body: () => unknown): number {
  let largest = 0;
  intercept((call, run) => {
    const outputs = run(call);
    for (const output of [outputs].flat()) {
      for (const x of constant(() => output.dataSync())) {
        if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
      }
    }
    return outputs;
  }, body);
  return largest;
}
