/** The geometry of convolutions. */

import {
  backend_util,
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  pad,
  reshape,
  slice,
  stridedSlice,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { Attributes } from "./rule.js";

interface WindowAttributes extends Attributes {
  readonly strides: Pair | number;
  readonly dilations?: Pair | number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

type Pair = [number, number];
type Shape4D = [number, number, number, number];

/** Sizes of a convolution, each for height and width. */
export interface ConvolutionGeometry {
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Rows above, columns on the left. What is needed below and on the right follows from sizes. */
  readonly padBefore: Pair;
  readonly input: Pair;
  readonly kernel: Pair;
  readonly output: Pair;
}

/** Below every float32 that a network computes; padding with it never wins. */
export const LOWEST = -3.4e38;

/** Reads a kernel's attributes; `x` and `filter` are the shapes [b, h, w, i] and [kh, kw, i, o]. */
export function geometryOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: Attributes,
  depthwise = false,
): ConvolutionGeometry {
  const { strides, dilations, pad, dimRoundingMode } = attrs as WindowAttributes;
  const info = backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    "channelsLast",
  );
  return {
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padBefore: [info.padInfo.top, info.padInfo.left],
    input: [info.inHeight, info.inWidth],
    kernel: [info.filterHeight, info.filterWidth],
    output: [info.outHeight, info.outWidth],
  };
}

/** Rows below and columns on the right such that exactly all windows fit; negative: not read. */
export function paddingAfter(g: ConvolutionGeometry): Pair {
  const after = (axis: 0 | 1) => {
    const reach =
      (g.kernel[axis] - 1) * g.dilation[axis] + (g.output[axis] - 1) * g.stride[axis] + 1;
    return reach - g.padBefore[axis] - g.input[axis];
  };
  return [after(0), after(1)];
}

/** Puts by − 1 zeros between the entries along an axis. */
export function spreadAxis(x: Tensor, axis: number, by: number): Tensor {
  if (by === 1) return x;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const size = x.shape[axis]!;
  const [outer, inner] = [before, after].map((shape) => shape.reduce((n, m) => n * m, 1)) as Pair;
  const wide = pad(reshape(x, [outer, size, inner]), [
    [0, 0],
    [0, 0],
    [0, (by - 1) * inner],
  ]);
  const reach = Math.max(0, (size - 1) * by + 1);
  const spread = slice(reshape(wide, [outer, size * by, inner]), [0, 0, 0], [outer, reach, inner]);
  return reshape(spread, [...before, reach, ...after]);
}

/** Widens height and width by zeros or another value; negative numbers take rows and columns away. */
export function padOrCrop(
  x: Tensor,
  before: Readonly<Pair>,
  after: Readonly<Pair>,
  value = 0,
): Tensor {
  const [b, h, w, c] = x.shape as Shape4D;
  const cut = (n: number) => Math.max(0, -n);
  const add = (n: number) => Math.max(0, n);
  const all = [...before, ...after];
  const kept = all.some((n) => n < 0)
    ? slice(
        x,
        [0, cut(before[0]), cut(before[1]), 0],
        [b, h - cut(before[0]) - cut(after[0]), w - cut(before[1]) - cut(after[1]), c],
      )
    : x;
  if (!all.some((n) => n > 0)) return kept;
  return pad(
    kept,
    [
      [0, 0],
      [add(before[0]), add(after[0])],
      [add(before[1]), add(after[1])],
      [0, 0],
    ],
    value,
  );
}

/**
 * What one entry of the kernel meets, for every output: [b, oh, ow, c].
 *
 * @param padded the image with all its padding
 */
export function metBy(padded: Tensor, g: ConvolutionGeometry, row: number, column: number): Tensor {
  const [b, , , c] = padded.shape as Shape4D;
  const [top, left] = [row * g.dilation[0], column * g.dilation[1]];
  const bottom = top + (g.output[0] - 1) * g.stride[0] + 1;
  const right = left + (g.output[1] - 1) * g.stride[1] + 1;
  return stridedSlice(padded, [0, top, left, 0], [b, bottom, right, c], [1, ...g.stride, 1]);
}

/** Reads the attributes of a pooling kernel; `x` is the shape [b, h, w, c]. */
export function poolingOf(x: readonly number[], attrs: Attributes): ConvolutionGeometry {
  const window = attrs.filterSize as Pair | number;
  const [height, width] = typeof window === "number" ? [window, window] : window;
  return geometryOf(x, [height, width, x[3]!, 1], attrs, true);
}

/** Calls a kernel that no public op of tfjs reaches, or that only this package knows. */
export function callKernel(name: string, inputs: NamedTensorMap, attrs: Attributes): Tensor {
  return engine().runKernel(name, inputs, attrs as NamedAttrMap) as Tensor;
}
