import { matMul, reshape, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { type ConvolutionGeometry, poolingOf } from "../convolution.js";
import type { Decomposition } from "../rule.js";

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
    const [b, h, w, c] = x!.shape as [number, number, number, number];
    const g = poolingOf(x!.shape, attrs);
    const [rows, columns] = [averages(g, 0), averages(g, 1)];
    const shorter = matMul(rows, reshape(x!, [b, h, w * c]));
    const narrower = matMul(columns, reshape(shorter, [b * g.output[0], w, c]));
    return reshape(narrower, [b, ...g.output, c]);
  },
};

/** The matrix of one axis, [outputs, inputs]. */
function averages(g: ConvolutionGeometry, axis: 0 | 1): Tensor {
  const [inputs, outputs] = [g.input[axis], g.output[axis]];
  const rows = Array.from({ length: outputs }, (_, output) => {
    const first = output * g.stride[axis] - g.padBefore[axis];
    const inside = Array.from(
      { length: inputs },
      (_, i) => i >= first && i < first + g.kernel[axis],
    );
    const count = inside.filter(Boolean).length;
    return inside.map((is) => (is ? 1 / count : 0));
  });
  return tensor2d(rows, [outputs, inputs]);
}
