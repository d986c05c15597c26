import {
  add,
  conv2d as convolve,
  matMul,
  mean,
  mul,
  pad,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import type { ParameterSpec, Params } from "./define.js";

/** Kernel [inputs, outputs] and bias of a dense layer. */
export function denseSpecs(name: string, inputs: number, outputs: number): ParameterSpec[] {
  const fans = { fanIn: inputs, fanOut: outputs };
  return [
    { name: `${name}.kernel`, shape: [inputs, outputs], role: "kernel", ...fans },
    { name: `${name}.bias`, shape: [outputs], role: "bias", ...fans },
  ];
}

/** x·W + β along the last axis; leading axes count as one. */
export function dense(params: Params, name: string, x: Tensor): Tensor {
  const kernel = params[`${name}.kernel`]!;
  const [inputs, outputs] = kernel.shape as [number, number];
  const rows = x.rank === 2 ? x : reshape(x, [-1, inputs]);
  const result = add(matMul(rows, kernel), params[`${name}.bias`]!);
  return x.rank === 2 ? result : reshape(result, [...x.shape.slice(0, -1), outputs]);
}

/** Kernel [size, size, inputs, outputs] of a convolution, and its bias unless it has none. */
export function convSpecs(
  name: string,
  inputs: number,
  outputs: number,
  { size = 3, bias = true }: { size?: number; bias?: boolean } = {},
): ParameterSpec[] {
  const fans = { fanIn: size * size * inputs, fanOut: size * size * outputs };
  const kernel: ParameterSpec = {
    name: `${name}.kernel`,
    shape: [size, size, inputs, outputs],
    role: "kernel",
    ...fans,
  };
  return bias
    ? [kernel, { name: `${name}.bias`, shape: [outputs], role: "bias", ...fans }]
    : [kernel];
}

/**
 * Convolution, and bias where there is one.
 *
 * @param padding "around" puts (size − 1)/2 rows and columns of zeros on each side, also with a
 *   stride, where TensorFlow's `same` would put them at the bottom and right alone
 */
export function conv(
  params: Params,
  name: string,
  x: Tensor,
  { stride = 1, padding }: { stride?: number; padding: "valid" | "around" },
): Tensor {
  const kernel = params[`${name}.kernel`] as Tensor4D;
  const edge = padding === "around" ? (kernel.shape[0] - 1) / 2 : 0;
  // Not every backend takes a number of rows.
  const around: [number, number][] = [
    [0, 0],
    [edge, edge],
    [edge, edge],
    [0, 0],
  ];
  const y =
    stride === 1
      ? convolve(x as Tensor4D, kernel, 1, edge > 0 ? "same" : "valid")
      : convolve((edge > 0 ? pad(x, around) : x) as Tensor4D, kernel, stride, "valid");
  const bias = params[`${name}.bias`];
  return bias === undefined ? y : add(y, bias);
}

/** Gain γ, one at first, and bias β of a normalisation. */
export function normSpecs(name: string, features: number): ParameterSpec[] {
  return [
    { name: `${name}.gain`, shape: [features], role: "gain", fanIn: 1, fanOut: 1 },
    { name: `${name}.bias`, shape: [features], role: "bias", fanIn: 1, fanOut: 1 },
  ];
}

/**
 * γ·(x − mean)/√(variance + 1e-5) + β, moments over the given axes (variance divided by their size).
 *
 * Over the last axis it is layer norm; over all but the last, batch norm with the batch's own
 * statistics: each output then depends on the whole batch, and so does the curvature. There are no
 * running averages: they would be hidden state.
 */
export function normalise(params: Params, name: string, x: Tensor, axes: number[]): Tensor {
  const centred = sub(x, mean(x, axes, true));
  const variance = mean(square(centred), axes, true);
  const normal = mul(centred, rsqrt(add(variance, 1e-5)));
  return add(mul(normal, params[`${name}.gain`]!), params[`${name}.bias`]!);
}

/** [b, ...] as [b, features]. */
export function flattened(x: Tensor): Tensor {
  return x.rank === 2 ? x : reshape(x, [x.shape[0]!, x.size / x.shape[0]!]);
}

/** The input shape as height, width, channels. */
export function imageShape(model: string, inputShape: readonly number[]): [number, number, number] {
  if (inputShape.length !== 3) {
    throw new RangeError(`${model} takes images [height, width, channels], not [${inputShape}]`);
  }
  return inputShape as unknown as [number, number, number];
}
