import { mul, pad, reverse, slice, type Tensor } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/**
 * y_i = Π_{j ≤ i} x_j along an axis, in log₂ n rounds: after each, every entry is the product of
 * twice as many. Right to every order, zeros among the factors included.
 *
 * @see Hillis, Steele (1986), Data parallel algorithms
 */
export const cumprodDecomposition: Decomposition = {
  kernelName: "Cumprod",
  decompose({ x }, attrs) {
    const axis = ((attrs.axis as number) + x!.rank) % x!.rank;
    const turned = attrs.reverse ? reverse(x!, axis) : x!;
    let y = attrs.exclusive ? delayed(turned, axis, 1) : turned;
    for (let span = 1; span < x!.shape[axis]!; span *= 2) y = mul(y, delayed(y, axis, span));
    return attrs.reverse ? reverse(y, axis) : y;
  },
};

/** Entries that come `by` later, with ones before them. */
function delayed(x: Tensor, axis: number, by: number): Tensor {
  const shift = Math.min(by, x.shape[axis]!);
  const size = x.shape.map((full, index) => (index === axis ? full - shift : full));
  const before = x.shape.map((_, index): [number, number] => [index === axis ? shift : 0, 0]);
  return pad(slice(x, new Array<number>(x.rank).fill(0), size), before, 1);
}
