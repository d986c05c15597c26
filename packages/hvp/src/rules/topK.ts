import {
  add,
  engine,
  gather,
  type NamedAttrMap,
  range,
  reshape,
  type Tensor,
  type Tensor1D,
  tensor1d,
} from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import type { Attributes, Decomposition } from "./rule.js";

/** The k largest entries along the last axis, and their indices: a gather by constant indices. */
export const topKDecomposition: Decomposition = {
  kernelName: "TopK",
  decompose({ x }, attrs) {
    const indices = second("TopK", x!, attrs);
    const columns = x!.shape.at(-1)!;
    const rows = indices.size / (indices.shape.at(-1)! || 1);
    const first = reshape(range(0, rows * columns, columns, "int32"), [rows, 1]);
    const flat = add(reshape(indices, [rows, -1]), first);
    return [reshape(gather(reshape(x!, [x!.size]), flat as Tensor1D), indices.shape), indices];
  },
};

/** The different entries along an axis, and for each entry which of them it is: the first counts. */
export const uniqueDecomposition: Decomposition = {
  kernelName: "Unique",
  decompose({ x }, attrs) {
    const indices = second("Unique", x!, attrs);
    const numbers = [...indices.dataSync()];
    const first = numbers.flatMap((number, position) =>
      numbers.indexOf(number) === position ? [position] : [],
    );
    return [gather(x!, tensor1d(first, "int32"), attrs.axis as number), indices];
  },
};

/** The second output of a kernel: indices, which are constants. */
function second(kernelName: string, x: Tensor, attrs: Attributes): Tensor {
  return constant(
    () => engine().runKernel(kernelName, { x }, attrs as NamedAttrMap) as Tensor[],
  )[1]!;
}
