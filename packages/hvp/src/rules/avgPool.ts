import { alongAxis } from "./alongAxis.js";
import { type ConvolutionGeometry, poolingOf } from "./convolution.js";
import type { Decomposition } from "./rule.js";

/**
 * Average pooling as two products with band matrices, one along each axis: y = A_h·x·A_wᵀ, with
 * A[o, i] = 1/(entries in window o) for i in window o. Entries outside the image do not count, as in
 * tfjs. (Its own gradient divides by the whole window there, which is wrong at padded borders.)
 *
 * x [b, h, w, c]
 */
export const avgPoolDecomposition: Decomposition = {
  kernelName: "AvgPool",
  decompose({ x }, attrs) {
    const g = poolingOf(x!.shape, attrs);
    return alongAxis(alongAxis(x!, 1, averages(g, 0)), 2, averages(g, 1));
  },
};

/** The matrix of one axis, [outputs][inputs]. */
function averages(g: ConvolutionGeometry, axis: 0 | 1): number[][] {
  return Array.from({ length: g.output[axis] }, (_, output) => {
    const first = output * g.stride[axis] - g.padBefore[axis];
    const inside = Array.from(
      { length: g.input[axis] },
      (_, i) => i >= first && i < first + g.kernel[axis],
    );
    const count = inside.filter(Boolean).length;
    return inside.map((is) => (is ? 1 / count : 0));
  });
}
