import {
  argMax,
  argMin,
  equal,
  expandDims,
  range,
  reshape,
  sum,
  type Tensor,
  transpose,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import type { Decomposition } from "./rule.js";
import { reducedAxes } from "./shape.js";

/** y = max of x over axes. Of several largest entries the first counts. */
export const maxDecomposition: Decomposition = {
  kernelName: "Max",
  decompose: ({ x }, attrs) => chosen(x!, attrs, argMax),
};

/** y = min of x over axes. Of several smallest entries the first counts. */
export const minDecomposition: Decomposition = {
  kernelName: "Min",
  decompose: ({ x }, attrs) => chosen(x!, attrs, argMin),
};

/** The extreme entry as a sum over all with the others left out: linear in x, with a constant mask. */
function chosen(
  x: Tensor,
  attrs: Readonly<Record<string, unknown>>,
  argExtreme: (x: Tensor, axis: number) => Tensor,
): Tensor {
  const axes = reducedAxes(attrs.reductionIndices ?? attrs.axis, x.rank);
  const mask = constant(() => maskOfChoice(x, axes, argExtreme));
  return sum(where(mask, x, zerosLike(x)), [...axes], attrs.keepDims as boolean);
}

function maskOfChoice(
  x: Tensor,
  axes: ReadonlySet<number>,
  argExtreme: (x: Tensor, axis: number) => Tensor,
): Tensor {
  // Reduced axes last and merged: [kept..., reduced].
  const order = x.shape.map((_, axis) => axis);
  const perm = [...order.filter((axis) => !axes.has(axis)), ...order.filter((a) => axes.has(a))];
  const moved = transpose(x, perm);
  const count = [...axes].reduce((product, axis) => product * x.shape[axis]!, 1);
  const flat = reshape(moved, [x.size / count, count]);
  const mask = equal(expandDims(argExtreme(flat, 1), 1), range(0, count, 1, "int32"));
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return transpose(reshape(mask, moved.shape), inverse);
}
