import { add, max, reshape, slice, stack, type Tensor } from "@tensorflow/tfjs-core";
import { geometryOf, LOWEST, metBy, paddingAfter, padOrCrop } from "./convolution.js";
import type { Decomposition } from "./rule.js";

/**
 * Grey-scale dilation: the largest of the sums of the image and a kernel over each window,
 *
 *   y[b, i, j, c] = max_k x[b, i·s + k·d − p, ..., c] + w[k, c]
 *
 * The first of several largest counts. x [b, h, w, c], filter [kh, kw, c]
 */
export const dilation2dDecomposition: Decomposition = {
  kernelName: "Dilation2D",
  decompose({ x, filter }, attrs) {
    const [rows, columns, c] = filter!.shape as [number, number, number];
    const g = geometryOf(x!.shape, [rows, columns, c, 1], attrs, true);
    const padded = padOrCrop(x!, g.padBefore, paddingAfter(g), LOWEST);
    const sums: Tensor[] = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const met = metBy(padded, g, row, column);
        sums.push(add(met, slice(filter!, [row, column, 0], [1, 1, c])));
      }
    }
    // In rows of one axis: WebGL chooses among tensors of four axes at most.
    const { shape } = sums[0]!;
    return reshape(max(stack(sums.map((sum) => reshape(sum, [sum.size]))), 0), shape);
  },
};
