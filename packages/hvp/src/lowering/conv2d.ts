/** Convolutions of images by other kernels. */

import {
  add,
  conv2d,
  getBackend,
  getKernel,
  pad,
  reshape,
  reverse,
  slice,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import { chunkRanges } from "../operators/chunks.js";
import {
  type ConvolutionGeometry,
  callKernel,
  geometryOf,
  paddingAfter,
  padOrCrop,
} from "../rules/convolution.js";
import type { Attributes } from "../rules/rule.js";
import { addsHere } from "./doubles.js";
import { LONG, PART } from "./longProduct.js";
import type { Lowering } from "./lowering.js";

type Tensor4D = Parameters<typeof conv2d>[1];

/**
 * conv(x, w) with a given number of zeros around x: the native backend has `same` and `valid` only. Where
 * each output is a long sum, the input channels go through in parts, whose sums round less.
 */
export const convLowering: Lowering = {
  kernelName: "Conv2D",
  execute({ x, filter }, attrs) {
    const parts = channelParts(x!, filter!, attrs);
    if (parts.length > 1) return parts.map((part) => part()).reduce((sum, y) => add(sum, y));
    if (getBackend() !== "tensorflow" || typeof attrs.pad === "string") return undefined;
    const g = geometryOf(x!.shape, filter!.shape, attrs);
    const read = padOrCrop(x!, g.padBefore, paddingAfter(g));
    return conv2d(read as Tensor4D, filter as Tensor4D, g.stride, "valid", "NHWC", g.dilation);
  },
};

/** conv(x, w) of the input channels that go through together. */
function channelParts(x: Tensor, filter: Tensor, attrs: Attributes): Array<() => Tensor> {
  const [rows, columns, channels] = filter.shape as [number, number, number];
  const terms = rows * columns * channels;
  if (terms <= LONG || attrs.dataFormat === "NCHW" || !addsHere(x)) return [];
  const ranges = chunkRanges(channels, Math.max(1, Math.floor(PART / (rows * columns))));
  return ranges.map(({ start, count }) => () => {
    const part = slice(x, [0, 0, 0, start], [-1, -1, -1, count]);
    const weights = slice(filter, [0, 0, start, 0], [-1, -1, count, -1]);
    return callKernel("Conv2D", { x: part, filter: weights }, attrs);
  });
}

/**
 * convInput(dy, w) as a convolution of dy, spread by the stride, with w turned by 180°:
 *
 *     dx[h] = Σ_k dy[(h + p − k·d)/s]·w[k],   one axis; p padding, s stride, d dilation
 *
 * The wasm kernel of that name makes 2 GFLOP/s where its conv2d makes 20–40; no backend's takes
 * dilations.
 */
export const convInputLowering: Lowering = {
  kernelName: "Conv2DBackpropInput",
  execute({ dy, filter }, attrs, derived) {
    const g = geometryOf(attrs.inputShape as number[], filter!.shape, attrs);
    if (isStock("Conv2DBackpropInput", g, attrs)) return undefined;
    const turned = derived.get(filter!, `turned [${filter!.shape}]`, () =>
      transpose(reverse(filter!, [0, 1]), [0, 1, 3, 2]),
    );
    const spread = spreadBy(dy!, g.stride);
    const before = perAxis((axis) => g.dilation[axis] * (g.kernel[axis] - 1) - g.padBefore[axis]);
    const after = perAxis((axis) => g.input[axis] + g.padBefore[axis] - spread.shape[1 + axis]!);
    const padded = padOrCrop(spread, before, after);
    return conv2d(padded as Tensor4D, turned as Tensor4D, 1, "valid", "NHWC", g.dilation);
  },
};

/**
 * convFilter(x, dy) as a convolution over batch and positions: x with channels for batch, dy as its
 * kernel, stride and dilation exchanged.
 *
 *     dw[k] = Σ_o x[o·s + k·d − p]·dy[o]
 *
 * wasm has no kernel of that name; no backend's takes dilations.
 */
export const convFilterLowering: Lowering = {
  kernelName: "Conv2DBackpropFilter",
  execute({ x, dy }, attrs) {
    const g = geometryOf(x!.shape, attrs.filterShape as number[], attrs);
    if (isStock("Conv2DBackpropFilter", g, attrs)) return undefined;
    // As many outputs as the kernel is wide, exactly.
    const read = padOrCrop(x!, g.padBefore, paddingAfter(g));
    const samples = dy!.shape[0]!;
    const positions = g.output[0] * g.output[1] * samples;
    const parts = Math.max(Math.ceil((4 * dy!.size) / KERNEL_BYTES), Math.ceil(positions / LONG));
    const size = Math.ceil(samples / Math.min(samples, parts));
    let sum: Tensor | undefined;
    for (let first = 0; first < samples; first += size) {
      const channelsAsBatch = transpose(batchPart(read, first, size), [3, 1, 2, 0]);
      const outputsAsKernel = transpose(batchPart(dy!, first, size), [1, 2, 0, 3]);
      const part = conv2d(
        channelsAsBatch as Tensor4D,
        outputsAsKernel as Tensor4D,
        g.dilation,
        "valid",
        "NHWC",
        g.stride,
      );
      sum = sum ? add(sum, part) : part;
    }
    return transpose(sum!, [1, 2, 0, 3]);
  },
};

/**
 * Samples go through in parts, so that sums are not long and the part of dy that serves as kernel stays
 * in the cache.
 */
const KERNEL_BYTES = 4 * 2 ** 20;

function batchPart(x: Tensor, first: number, size: number): Tensor {
  const count = Math.min(size, x.shape[0]! - first);
  if (count === x.shape[0]) return x;
  return slice(x, [first, 0, 0, 0], [count, -1, -1, -1]);
}

function isStock(
  kernelName: string,
  { dilation }: ConvolutionGeometry,
  { pad }: Attributes,
): boolean {
  if (dilation[0] !== 1 || dilation[1] !== 1) return false;
  const backend = getBackend();
  if (backend === "wasm" || getKernel(kernelName, backend) === undefined) return false;
  return backend !== "tensorflow" || typeof pad === "string";
}

type Pair = readonly [number, number];

function perAxis(value: (axis: 0 | 1) => number): [number, number] {
  return [value(0), value(1)];
}

/** Puts s − 1 zeros behind every row and every column. */
function spreadBy(x: Tensor, [rows, columns]: Pair): Tensor {
  if (rows === 1 && columns === 1) return x;
  const [b, h, w, c] = x.shape as [number, number, number, number];
  const wide = pad(reshape(x, [b * h * w, c]), [
    [0, 0],
    [0, (columns - 1) * c],
  ]);
  const row = w * columns * c;
  const tall = pad(reshape(wide, [b * h, row]), [
    [0, 0],
    [0, (rows - 1) * row],
  ]);
  return reshape(tall, [b, h * rows, w * columns, c]);
}
