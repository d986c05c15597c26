import {
  backend_util,
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from "@tensorflow/tfjs-core";

type Pair = [number, number];
type Shape4D = [number, number, number, number];

/** The geometry of a two-dimensional convolution over [batch, height, width, channels]. */
export interface ConvolutionAttributes {
  readonly strides: Pair | number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dilations?: Pair | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

export interface ConvolutionGeometry {
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Rows above, columns on the left. What is needed below and on the right follows from sizes. */
  readonly padBefore: Pair;
  /** Height and width. */
  readonly input: Pair;
  readonly kernel: Pair;
  readonly output: Pair;
}

/** Reads a kernel's attributes; `x` and `filter` are the shapes [b, h, w, i] and [kh, kw, i, o]. */
export function geometryOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: ConvolutionAttributes,
  depthwise = false,
): ConvolutionGeometry {
  const info = backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
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

/** Reads the attributes of a pooling kernel; `x` is the shape [b, h, w, c]. */
export function poolingOf(
  x: readonly number[],
  attrs: Readonly<Record<string, unknown>>,
): backend_util.Conv2DInfo {
  const { filterSize, strides, pad, dimRoundingMode } =
    attrs as unknown as ConvolutionAttributes & {
      filterSize: Pair | number;
    };
  const shape = x as Shape4D;
  return backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

/** Calls a kernel that no public op of tfjs reaches, or that only this package knows. */
export function callKernel(name: string, inputs: NamedTensorMap, attrs: object): Tensor {
  return engine().runKernel(name, inputs, attrs as NamedAttrMap) as Tensor;
}
