import {
  add,
  engine,
  fill,
  gather,
  getBackend,
  greater,
  reshape,
  type Tensor,
  type Tensor1D,
  tensor,
  where,
} from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { isComplete } from "./complete.js";
import {
  type ConvolutionGeometry,
  LOWEST,
  metBy,
  paddingAfter,
  padOrCrop,
  poolingOf,
} from "./convolution.js";
import type { Attributes, Decomposition } from "./rule.js";

/**
 * Maximum pooling as a gather: y[o] = x[index of the largest entry of window o], the index being a
 * constant. Of several largest entries the first counts, as in PyTorch.
 *
 * x [b, h, w, c]
 */
export const maxPoolDecomposition: Decomposition = {
  kernelName: "MaxPool",
  decompose({ x }, attrs) {
    const indices = constant(
      () => indicesByKernel(x!, attrs) ?? largestIndices(x!, poolingOf(x!.shape, attrs)),
    );
    return gather(reshape(x!, [x!.size]), indices);
  },
};

/** By a kernel of @eoss/kernels, of which it is known that the first of several counts. */
function indicesByKernel(x: Tensor, attrs: Attributes): Tensor1D | undefined {
  const name = "MaxPoolWithArgmax";
  if (!isComplete(name, getBackend())) return undefined;
  const all = { ...attrs, includeBatchInIndex: true };
  return (engine().runKernel(name, { x }, all) as Tensor[])[1] as Tensor1D;
}

/** Flat positions in x, [b, oh, ow, c]: a running maximum over the entries of the window. */
export function largestIndices(x: Tensor, g: ConvolutionGeometry): Tensor1D {
  const [b, , width, c] = x.shape as [number, number, number, number];
  const padded = padOrCrop(x, g.padBefore, paddingAfter(g), LOWEST);
  const [rows, columns] = g.kernel;
  let largest = metBy(padded, g, 0, 0);
  let best: Tensor = fill(largest.shape, 0, "int32");
  for (let entry = 1; entry < rows * columns; entry++) {
    const [row, column] = [Math.floor(entry / columns), entry % columns];
    const values = metBy(padded, g, row, column);
    const larger = greater(values, largest);
    largest = where(larger, values, largest);
    best = where(larger, fill(values.shape, (row * width + column) * c, "int32"), best);
  }
  return add(best, windowOrigins(b, c, g)) as Tensor1D;
}

/** Flat position of each window's first entry in x, [b, oh, ow, c]; negative inside the padding. */
function windowOrigins(samples: number, channels: number, g: ConvolutionGeometry): Tensor {
  const [height, width] = g.input;
  const [rows, columns] = g.output;
  const positions = new Int32Array(samples * rows * columns * channels);
  let filled = 0;
  for (let window = 0; window < samples * rows * columns; window++) {
    const column = (window % columns) * g.stride[1] - g.padBefore[1];
    const row = (Math.floor(window / columns) % rows) * g.stride[0] - g.padBefore[0];
    const image = Math.floor(window / (rows * columns));
    const first = ((image * height + row) * width + column) * channels;
    for (let channel = 0; channel < channels; channel++) positions[filled++] = first + channel;
  }
  return tensor(positions, [samples, rows, columns, channels], "int32");
}
